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

	SessionRequest withBody(byte[] body) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, body, this.readTimeout);
	}

	SessionRequest withReadTimeout(Duration readTimeout) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, readTimeout);
	}

}
