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
 * Options for single calls. Immutable. An option that is not set has the value of the
 * client.
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
	 * Create a builder without any options.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Create a builder with these options.
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
	 * Return the retry settings.
	 * @return the settings, or {@code null} if not set
	 */
	public @Nullable RetrySettings retry() {
		return this.retry;
	}

	/**
	 * Return the timeout of one attempt, including the response body.
	 * @return the timeout, more than zero, or {@code null} if not set
	 */
	public @Nullable Duration readTimeout() {
		return this.readTimeout;
	}

	/**
	 * Return the additional headers of each request.
	 * @return an immutable map with case-insensitive names
	 */
	public Map<String, String> headers() {
		return this.headers;
	}

	/**
	 * Return the token.
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

	/** Return a description without the token and the values of headers. */
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
		 * Set the retry settings.
		 * @param retry the settings, or {@code null} for those of the client, the default
		 * @return this builder
		 */
		public Builder retry(@Nullable RetrySettings retry) {
			this.retry = retry;
			return this;
		}

		/**
		 * Set the timeout of one attempt, including the response body. It also applies to
		 * a create with {@code waitForServer}. For a cancel with {@code waitForShutdown},
		 * 30 seconds are added.
		 * @param readTimeout the timeout, more than zero, or {@code null} for that of the
		 * client, the default
		 * @return this builder
		 * @throws IllegalArgumentException if the timeout is not positive
		 */
		public Builder readTimeout(@Nullable Duration readTimeout) {
			this.readTimeout = (readTimeout != null) ? Arguments.requirePositive("readTimeout", readTimeout) : null;
			return this;
		}

		/**
		 * Set a header. It replaces a header with the same name.
		 * @param name the name; neither {@code Authorization} (use {@link #bearer}) nor a
		 * header of the connection such as {@code Host}
		 * @param value the value, without control characters
		 * @return this builder
		 * @throws IllegalArgumentException if the name or the value is invalid
		 */
		public Builder header(String name, String value) {
			Assert.isTrue(name != null && HeaderRules.isName(name), "The name of a header must be a token (RFC 9110)");
			Assert.isTrue(!name.equalsIgnoreCase("Authorization"),
					"Authorization cannot be set as a header: use bearer");
			Assert.isTrue(!HeaderRules.isReserved(name),
					() -> name + " cannot be set as a header: it belongs to the connection");
			Assert.isTrue(value != null && HeaderRules.isValue(value),
					() -> "The value of the header " + name + " must be Latin-1 without control characters");
			this.headers.put(name, value);
			return this;
		}

		/**
		 * Set the token, which replaces the token of the client. The token must not be
		 * {@code null}. Otherwise, if the token of a tenant were missing, the call would
		 * use the token of the client by mistake.
		 * @param bearer the token, of visible ASCII characters
		 * @return this builder
		 * @throws IllegalArgumentException if the token is invalid
		 */
		public Builder bearer(String bearer) {
			Assert.isTrue(bearer != null && HeaderRules.isVisibleAscii(bearer),
					"bearer must consist of one or more visible ASCII characters");
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
