package com.comfydeploy.client;

import org.springframework.http.HttpMethod;

/**
 * A kind of call, and what may be done with its HTTP request.
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
	 * Whether sending it twice does no more than sending it once.
	 */
	boolean isIdempotent() {
		return this.repetition != Repetition.NON_IDEMPOTENT;
	}

	/**
	 * Whether a connection may be used for it that the server may just have dropped.
	 */
	boolean usesPooledConnection() {
		return this.repetition == Repetition.SAFE;
	}

	/**
	 * Whether the body of its answer does not end by itself.
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
