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
 */
record SessionRequest(Operation operation, String uriTemplate, List<String> uriVariables, byte @Nullable [] body,
		Duration readTimeout) {

	private static final Duration SHORTEST = Duration.ofMillis(1);

	SessionRequest withBody(byte[] body) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, body, this.readTimeout);
	}

	/**
	 * The same with no more time than is left, and some in any case.
	 */
	SessionRequest within(Duration left) {
		Duration timeout = (left.compareTo(SHORTEST) > 0) ? left : SHORTEST;
		return (timeout.compareTo(this.readTimeout) < 0) ? withReadTimeout(timeout) : this;
	}

	SessionRequest withReadTimeout(Duration readTimeout) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, readTimeout);
	}

}
