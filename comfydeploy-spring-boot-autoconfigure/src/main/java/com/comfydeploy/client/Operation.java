package com.comfydeploy.client;

import org.springframework.http.HttpMethod;

/**
 * An operation, and how its HTTP request may be sent.
 */
enum Operation {

	GET("get", HttpMethod.GET, Repetition.SAFE),

	LIST("list", HttpMethod.GET, Repetition.SAFE),

	STREAM_LOG("stream-log", HttpMethod.GET, Repetition.SAFE),

	MACHINE_LIST("machine-list", HttpMethod.GET, Repetition.SAFE),

	MACHINE_GET("machine-get", HttpMethod.GET, Repetition.SAFE),

	MACHINE_EVENTS("machine-events", HttpMethod.GET, Repetition.SAFE),

	MACHINE_PRICES("machine-prices", HttpMethod.GET, Repetition.SAFE),

	CREATE("create", HttpMethod.POST, Repetition.NON_IDEMPOTENT),

	CREATE_DYNAMIC("create-dynamic", HttpMethod.POST, Repetition.NON_IDEMPOTENT),

	INCREASE_TIMEOUT("increase-timeout", HttpMethod.POST, Repetition.NON_IDEMPOTENT),

	SNAPSHOT("snapshot", HttpMethod.POST, Repetition.NON_IDEMPOTENT),

	CANCEL("cancel", HttpMethod.DELETE, Repetition.IDEMPOTENT);

	private final String name;

	private final HttpMethod method;

	private final Repetition repetition;

	Operation(String name, HttpMethod method, Repetition repetition) {
		this.name = name;
		this.method = method;
		this.repetition = repetition;
	}

	HttpMethod method() {
		return this.method;
	}

	/**
	 * Return whether sending the request twice has the effect of sending it once.
	 */
	boolean isIdempotent() {
		return this.repetition != Repetition.NON_IDEMPOTENT;
	}

	/**
	 * Return whether the request may be sent on a connection that the server may have
	 * dropped.
	 */
	boolean usesPooledConnection() {
		return this.repetition == Repetition.SAFE;
	}

	/**
	 * Return whether the body of the response is a stream without end.
	 */
	boolean isStream() {
		return this == STREAM_LOG;
	}

	@Override
	public String toString() {
		return this.name;
	}

	private enum Repetition {

		SAFE, IDEMPOTENT, NON_IDEMPOTENT

	}

}
