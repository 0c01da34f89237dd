package com.comfydeploy.client;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;

/**
 * Settings for the calls of a view.
 *
 * @param retry the retry settings
 * @param readTimeout the timeout of one attempt
 * @param waitTimeout the timeout of a create with {@code waitForServer}
 * @param headers additional headers
 * @param bearer the token, or {@code null} for that of the client
 * @param deadline the deadline of the calls, or {@code null}
 */
record CallSettings(RetrySettings retry, Duration readTimeout, Duration waitTimeout, Map<String, String> headers,
		@Nullable BearerToken bearer, @Nullable CallDeadline deadline) {

	/** Effectively unlimited, and small enough not to overflow. */
	static final Duration MAX_TIMEOUT = Duration.ofDays(366);

	CallSettings(RetrySettings retry, Duration readTimeout, Duration waitTimeout, Map<String, String> headers,
			@Nullable BearerToken bearer) {
		this(retry, readTimeout, waitTimeout, headers, bearer, null);
	}

	CallSettings with(CallOptions options) {
		RetrySettings retry = options.retry();
		Duration readTimeout = (options.readTimeout() != null) ? Durations.min(options.readTimeout(), MAX_TIMEOUT)
				: null;
		String bearer = options.bearer();
		return new CallSettings((retry != null) ? retry : this.retry,
				(readTimeout != null) ? readTimeout : this.readTimeout,
				(readTimeout != null) ? readTimeout : this.waitTimeout, merge(options.headers()),
				(bearer != null) ? BearerToken.of(bearer) : this.bearer, this.deadline);
	}

	/**
	 * Return these settings with a deadline.
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

}
