package com.comfydeploy.client;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;

/**
 * How the calls of a view are made.
 *
 * @param retry how failed attempts are repeated
 * @param readTimeout the time for one attempt
 * @param waitTimeout the same for a creation that waits for the server
 * @param headers what is sent besides
 * @param bearer the token, or {@code null} for the client's own
 * @param deadline when the calls are to have ended, or {@code null}
 */
record CallSettings(RetrySettings retry, Duration readTimeout, Duration waitTimeout, Map<String, String> headers,
		@Nullable BearerToken bearer, @Nullable CallDeadline deadline) {

	/** As good as for ever, and cannot overflow. */
	static final Duration MAX_TIMEOUT = Duration.ofDays(366);

	CallSettings(RetrySettings retry, Duration readTimeout, Duration waitTimeout, Map<String, String> headers,
			@Nullable BearerToken bearer) {
		this(retry, readTimeout, waitTimeout, headers, bearer, null);
	}

	CallSettings with(CallOptions options) {
		RetrySettings retry = options.retry();
		Duration readTimeout = (options.readTimeout() != null) ? min(options.readTimeout(), MAX_TIMEOUT) : null;
		String bearer = options.bearer();
		return new CallSettings((retry != null) ? retry : this.retry,
				(readTimeout != null) ? readTimeout : this.readTimeout,
				(readTimeout != null) ? readTimeout : this.waitTimeout, merge(options.headers()),
				(bearer != null) ? BearerToken.of(bearer) : this.bearer, this.deadline);
	}

	/**
	 * The same for calls that are to end in time.
	 */
	CallSettings within(CallDeadline deadline) {
		return new CallSettings(this.retry, this.readTimeout, this.waitTimeout, this.headers, this.bearer, deadline);
	}

	private Map<String, String> merge(Map<String, String> others) {
		if (others.isEmpty()) {
			return this.headers;
		}
		Map<String, String> merged = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		merged.putAll(this.headers);
		merged.putAll(others);
		return merged;
	}

	private static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) <= 0) ? one : other;
	}

}
