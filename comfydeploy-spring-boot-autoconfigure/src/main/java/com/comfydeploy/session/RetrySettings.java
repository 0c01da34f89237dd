package com.comfydeploy.session;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Settings for retries of failed attempts. Immutable.
 *
 * @see #builder()
 */
public final class RetrySettings {

	private static final RetrySettings DEFAULTS = builder().build();

	private static final RetrySettings NONE = builder().maxAttempts(1).build();

	private final int maxAttempts;

	private final Duration initialInterval;

	private final double multiplier;

	private final Duration maxInterval;

	private final Duration maxElapsedTime;

	private final boolean retryConnectionErrors;

	private final boolean retryNonIdempotent;

	private RetrySettings(Builder builder) {
		this.maxAttempts = builder.maxAttempts;
		this.initialInterval = builder.initialInterval;
		this.multiplier = builder.multiplier;
		this.maxInterval = builder.maxInterval;
		this.maxElapsedTime = builder.maxElapsedTime;
		this.retryConnectionErrors = builder.retryConnectionErrors;
		this.retryNonIdempotent = builder.retryNonIdempotent;
	}

	/**
	 * Return settings without retries.
	 * @return the settings
	 */
	public static RetrySettings none() {
		return NONE;
	}

	/**
	 * Return the default settings: 5 attempts within 2 minutes, with waits that double
	 * from 500 ms to 10 s.
	 * @return the settings
	 */
	public static RetrySettings defaults() {
		return DEFAULTS;
	}

	/**
	 * Create a builder with the {@linkplain #defaults() default settings}.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Create a builder with these settings.
	 * @return a builder
	 */
	public Builder mutate() {
		Builder builder = new Builder();
		builder.maxAttempts = this.maxAttempts;
		builder.initialInterval = this.initialInterval;
		builder.multiplier = this.multiplier;
		builder.maxInterval = this.maxInterval;
		builder.maxElapsedTime = this.maxElapsedTime;
		builder.retryConnectionErrors = this.retryConnectionErrors;
		builder.retryNonIdempotent = this.retryNonIdempotent;
		return builder;
	}

	/**
	 * Return the maximum number of attempts, including the first.
	 * @return at least 1
	 */
	public int maxAttempts() {
		return this.maxAttempts;
	}

	/**
	 * Return the upper bound of the wait before the second attempt.
	 * @return zero or more
	 */
	public Duration initialInterval() {
		return this.initialInterval;
	}

	/**
	 * Return the factor by which the upper bound grows from one wait to the next.
	 * @return at least 1
	 */
	public double multiplier() {
		return this.multiplier;
	}

	/**
	 * Return the upper bound of every wait, unless the server asks for a longer one.
	 * @return zero or more
	 */
	public Duration maxInterval() {
		return this.maxInterval;
	}

	/**
	 * Return the maximum time from the start of a call to the start of its last attempt.
	 * The last attempt still has its full read timeout.
	 * @return more than zero
	 */
	public Duration maxElapsedTime() {
		return this.maxElapsedTime;
	}

	/**
	 * Return whether to retry an attempt that got no response, such as one whose
	 * connection broke. A non-idempotent operation is retried only if the request was not
	 * sent.
	 * @return whether to retry such an attempt
	 */
	public boolean retryConnectionErrors() {
		return this.retryConnectionErrors;
	}

	/**
	 * Return whether to retry non-idempotent operations like idempotent ones. A repeated
	 * create may rent two GPUs.
	 * @return whether to retry them
	 */
	public boolean retryNonIdempotent() {
		return this.retryNonIdempotent;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof RetrySettings that && this.maxAttempts == that.maxAttempts
				&& this.initialInterval.equals(that.initialInterval)
				&& Double.compare(this.multiplier, that.multiplier) == 0 && this.maxInterval.equals(that.maxInterval)
				&& this.maxElapsedTime.equals(that.maxElapsedTime)
				&& this.retryConnectionErrors == that.retryConnectionErrors
				&& this.retryNonIdempotent == that.retryNonIdempotent;
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.maxAttempts, this.initialInterval, this.multiplier, this.maxInterval,
				this.maxElapsedTime, this.retryConnectionErrors, this.retryNonIdempotent);
	}

	@Override
	public String toString() {
		return "RetrySettings[maxAttempts=" + this.maxAttempts + ", initialInterval=" + this.initialInterval
				+ ", multiplier=" + this.multiplier + ", maxInterval=" + this.maxInterval + ", maxElapsedTime="
				+ this.maxElapsedTime + ", retryConnectionErrors=" + this.retryConnectionErrors
				+ ", retryNonIdempotent=" + this.retryNonIdempotent + "]";
	}

	/**
	 * Builder of {@link RetrySettings}.
	 */
	public static final class Builder {

		private int maxAttempts = 5;

		private Duration initialInterval = Duration.ofMillis(500);

		private double multiplier = 2.0;

		private Duration maxInterval = Duration.ofSeconds(10);

		private Duration maxElapsedTime = Duration.ofMinutes(2);

		private boolean retryConnectionErrors = true;

		private boolean retryNonIdempotent;

		private Builder() {
		}

		/**
		 * Set the maximum number of attempts, including the first. The default is 5.
		 * @param maxAttempts at least 1
		 * @return this builder
		 * @throws IllegalArgumentException if the value is invalid
		 */
		public Builder maxAttempts(int maxAttempts) {
			Assert.isTrue(maxAttempts >= 1, () -> "maxAttempts must be at least 1, but is " + maxAttempts);
			this.maxAttempts = maxAttempts;
			return this;
		}

		/**
		 * Set the upper bound of the wait before the second attempt. The default is 500
		 * ms.
		 * @param initialInterval zero or more
		 * @return this builder
		 * @throws IllegalArgumentException if the value is invalid
		 */
		public Builder initialInterval(Duration initialInterval) {
			this.initialInterval = Arguments.requireNotNegative("initialInterval", initialInterval);
			return this;
		}

		/**
		 * Set the factor by which the upper bound grows from one wait to the next. The
		 * default is 2.
		 * @param multiplier at least 1
		 * @return this builder
		 * @throws IllegalArgumentException if the value is invalid
		 */
		public Builder multiplier(double multiplier) {
			Assert.isTrue(multiplier >= 1 && Double.isFinite(multiplier),
					() -> "multiplier must be at least 1, but is " + multiplier);
			this.multiplier = multiplier;
			return this;
		}

		/**
		 * Set the upper bound of every wait, unless the server asks for a longer one. The
		 * default is 10 s.
		 * @param maxInterval zero or more
		 * @return this builder
		 * @throws IllegalArgumentException if the value is invalid
		 */
		public Builder maxInterval(Duration maxInterval) {
			this.maxInterval = Arguments.requireNotNegative("maxInterval", maxInterval);
			return this;
		}

		/**
		 * Set the maximum time from the start of a call to the start of its last attempt.
		 * The default is 2 minutes.
		 * @param maxElapsedTime more than zero
		 * @return this builder
		 * @throws IllegalArgumentException if the value is invalid
		 */
		public Builder maxElapsedTime(Duration maxElapsedTime) {
			this.maxElapsedTime = Arguments.requirePositive("maxElapsedTime", maxElapsedTime);
			return this;
		}

		/**
		 * Set whether to retry an attempt that got no response, such as one whose
		 * connection broke. A non-idempotent operation is retried only if the request was
		 * not sent. The default is {@code true}.
		 * @param retryConnectionErrors whether to retry such an attempt
		 * @return this builder
		 */
		public Builder retryConnectionErrors(boolean retryConnectionErrors) {
			this.retryConnectionErrors = retryConnectionErrors;
			return this;
		}

		/**
		 * Set whether to retry non-idempotent operations like idempotent ones. The
		 * default is {@code false}, because a repeated create may rent two GPUs.
		 * @param retryNonIdempotent whether to retry them
		 * @return this builder
		 */
		public Builder retryNonIdempotent(boolean retryNonIdempotent) {
			this.retryNonIdempotent = retryNonIdempotent;
			return this;
		}

		/**
		 * Build the settings.
		 * @return the settings
		 */
		public RetrySettings build() {
			return new RetrySettings(this);
		}

	}

}
