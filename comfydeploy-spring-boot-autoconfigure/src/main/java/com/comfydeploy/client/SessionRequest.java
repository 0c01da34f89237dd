package com.comfydeploy.client;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.web.util.UriUtils;

import com.comfydeploy.internal.Durations;

/**
 * The request of a call, with the timeout of each attempt.
 *
 * @param operation the operation
 * @param uriTemplate path and query below the base URL
 * @param uriVariables the values of the template's variables, not encoded
 * @param body the JSON body, or {@code null}
 * @param timeout the timeout of an attempt, from connecting to the last byte of the body
 * @param sessionId the session that the call is about, or {@code null}
 */
record SessionRequest(Operation operation, String uriTemplate, List<String> uriVariables, byte @Nullable [] body,
		Duration timeout, @Nullable String sessionId) {

	private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

	static SessionRequest of(Operation operation, String uriTemplate, List<String> uriVariables, Duration timeout) {
		return new SessionRequest(operation, uriTemplate, uriVariables, null, timeout,
				uriTemplate.contains("{session_id}") ? uriVariables.get(0) : null);
	}

	/**
	 * Return this request with the id of a session that is not part of its path.
	 */
	SessionRequest withSessionId(String sessionId) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, this.timeout,
				sessionId);
	}

	SessionRequest withBody(byte[] body) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, body, this.timeout,
				this.sessionId);
	}

	SessionRequest withTimeout(Duration timeout) {
		return new SessionRequest(this.operation, this.uriTemplate, this.uriVariables, this.body, timeout,
				this.sessionId);
	}

	/**
	 * Return this request with a timeout that is not longer than the remaining time, but
	 * positive.
	 */
	SessionRequest within(Duration remaining) {
		Duration timeout = Durations.max(remaining, MIN_TIMEOUT);
		return (timeout.compareTo(this.timeout) < 0) ? withTimeout(timeout) : this;
	}

	/**
	 * Return the operation and its session, for the log.
	 */
	String description() {
		return (this.sessionId != null) ? this.operation + " of session " + this.sessionId : this.operation.toString();
	}

	/**
	 * Return the URI. The templates are not parsed, because they are known to be
	 * well-formed. This saves 3 kB for each call.
	 * @param baseUrl the base URL
	 */
	URI uri(String baseUrl) {
		StringBuilder uri = new StringBuilder(baseUrl);
		int from = 0;
		for (String value : this.uriVariables) {
			int variable = this.uriTemplate.indexOf('{', from);
			uri.append(this.uriTemplate, from, variable).append(UriUtils.encode(value, StandardCharsets.UTF_8));
			from = this.uriTemplate.indexOf('}', variable) + 1;
		}
		return URI.create(uri.append(this.uriTemplate, from, this.uriTemplate.length()).toString());
	}

}
