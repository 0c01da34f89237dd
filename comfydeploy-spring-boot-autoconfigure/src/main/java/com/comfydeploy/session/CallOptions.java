package com.comfydeploy.session;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.HeaderRules;

/**
 * Options of single calls, which differ from the settings of the client. Immutable; the
 * client's settings apply to all that is not set.
 *
 * @see SessionOperations#with(CallOptions)
 */
public final class CallOptions {

	private final @Nullable RetrySettings retry;

	private final @Nullable Duration readTimeout;

	private final Map<String, String> headers;

	private final @Nullable String bearer;

	private CallOptions(Builder builder) {
		this.retry = builder.retry;
		this.readTimeout = builder.readTimeout;
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		headers.putAll(builder.headers);
		this.headers = Collections.unmodifiableMap(headers);
		this.bearer = builder.bearer;
	}

	/**
	 * Start with nothing set.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Start from these options.
	 * @return a builder
	 */
	public Builder mutate() {
		Builder builder = new Builder();
		builder.retry = this.retry;
		builder.readTimeout = this.readTimeout;
		builder.headers.putAll(this.headers);
		builder.bearer = this.bearer;
		return builder;
	}

	/**
	 * Return how failed attempts are repeated.
	 * @return the settings, or {@code null} if not set
	 */
	public @Nullable RetrySettings retry() {
		return this.retry;
	}

	/**
	 * Return the time for one attempt, headers and body.
	 * @return more than zero, or {@code null} if not set
	 */
	public @Nullable Duration readTimeout() {
		return this.readTimeout;
	}

	/**
	 * Return the headers to send.
	 * @return an immutable map by case-insensitive name
	 */
	public Map<String, String> headers() {
		return this.headers;
	}

	/**
	 * Return the token to send.
	 * @return the token, or {@code null} if not set
	 */
	public @Nullable String bearer() {
		return this.bearer;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof CallOptions that && Objects.equals(this.retry, that.retry)
				&& Objects.equals(this.readTimeout, that.readTimeout) && this.headers.equals(that.headers)
				&& Objects.equals(this.bearer, that.bearer);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.retry, this.readTimeout, this.headers.size(), this.bearer);
	}

	/** Shows neither the token nor the headers' values, which may be secrets too. */
	@Override
	public String toString() {
		return "CallOptions[retry=" + this.retry + ", readTimeout=" + this.readTimeout + ", headers="
				+ this.headers.keySet() + ", bearer=" + ((this.bearer != null) ? "******" : null) + "]";
	}

	/**
	 * Builder of {@link CallOptions}.
	 */
	public static final class Builder {

		private @Nullable RetrySettings retry;

		private @Nullable Duration readTimeout;

		private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

		private @Nullable String bearer;

		private Builder() {
		}

		/**
		 * Set how failed attempts are repeated.
		 * @param retry the settings, or {@code null} for those of the client, the default
		 * @return this builder
		 */
		public Builder retry(@Nullable RetrySettings retry) {
			this.retry = retry;
			return this;
		}

		/**
		 * Set the time for one attempt, headers and body, also of a create that waits for
		 * the server. A cancel that waits for the shutdown gets 30 seconds more.
		 * @param readTimeout more than zero, or {@code null} for that of the client, the
		 * default
		 * @return this builder
		 * @throws IllegalArgumentException if it is not more than zero
		 */
		public Builder readTimeout(@Nullable Duration readTimeout) {
			this.readTimeout = (readTimeout != null) ? Arguments.requirePositive("readTimeout", readTimeout) : null;
			return this;
		}

		/**
		 * Set a header, in place of one of the same name.
		 * @param name the name, not {@code Authorization}, for which there is
		 * {@link #bearer}, and none that belongs to the connection, such as {@code Host}
		 * @param value the value, without control characters
		 * @return this builder
		 * @throws IllegalArgumentException if the name or the value is anything else
		 */
		public Builder header(String name, String value) {
			Assert.isTrue(name != null && HeaderRules.isName(name), "A header's name must be a token");
			Assert.isTrue(!name.equalsIgnoreCase("Authorization"), "Authorization is not a header to set, use bearer");
			Assert.isTrue(!HeaderRules.isReserved(name),
					() -> name + " is not a header to set: it belongs to the connection");
			Assert.isTrue(value != null && HeaderRules.isValue(value),
					() -> "The value of the header " + name + " must be Latin-1 without control characters");
			this.headers.put(name, value);
			return this;
		}

		/**
		 * Set the token, in place of the client's own. It is not {@code null}: a tenant
		 * without a token must not have the calls made with the client's own.
		 * @param bearer the token, of visible ASCII characters
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder bearer(String bearer) {
			Assert.isTrue(bearer != null && HeaderRules.isVisibleAscii(bearer),
					"bearer must have visible ASCII characters only, and at least one");
			this.bearer = bearer;
			return this;
		}

		/**
		 * Build the options.
		 * @return the options
		 */
		public CallOptions build() {
			return new CallOptions(this);
		}

	}

}
