package com.comfydeploy.client;

import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a call asks of the server.
 *
 * @param operation the kind of call
 * @param uriTemplate path and query below the base URL
 * @param uriVariables the values for the template
 * @param body what travels as JSON, or {@code null}
 * @param readTimeout the time for one attempt
 * @param sessionId the session that the call is about, or {@code null}
 */
record SessionRequest(Operation operation, String uriTemplate, List<String> uriVariables, byte @Nullable [] body,
		Duration readTimeout, @Nullable String sessionId) {

	private static final Duration SHORTEST = Duration.ofMillis(1);

	static SessionRequest of(Operation operation, String uriTemplate, List<String> uriVariables, Duration readTimeout) {
		return new SessionRequest(operation, uriTemplate, uriVariables, null, readTimeout,
				uriTemplate.contains("{session_id}") ? uriVariables.get(0) : null);
	}

	/**
	 * The same about a session that its path does not name.
	 */
	SessionRequest about(String sessionId) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, this.readTimeout,
				sessionId);
	}

	/**
	 * The operation and its session, for the log.
	 */
	String description() {
		return (this.sessionId != null) ? this.operation + " of session " + this.sessionId : this.operation.toString();
	}

	SessionRequest withBody(byte[] body) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, body, this.readTimeout,
				this.sessionId);
	}

	/**
	 * The same with no more time than is left, and some in any case.
	 */
	SessionRequest within(Duration left) {
		Duration timeout = (left.compareTo(SHORTEST) > 0) ? left : SHORTEST;
		return (timeout.compareTo(this.readTimeout) < 0) ? withReadTimeout(timeout) : this;
	}

	SessionRequest withReadTimeout(Duration readTimeout) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, readTimeout,
				this.sessionId);
	}

}
