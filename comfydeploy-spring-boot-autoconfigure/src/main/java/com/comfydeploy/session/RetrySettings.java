package com.comfydeploy.session;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Settings for repeating failed attempts of a call. Immutable.
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
	 * Return settings with which nothing is tried twice.
	 * @return the settings
	 */
	public static RetrySettings none() {
		return NONE;
	}

	/**
	 * Return the documented defaults: 5 attempts, waits from 500 ms doubling up to 10 s,
	 * for at most 2 minutes.
	 * @return the settings
	 */
	public static RetrySettings defaults() {
		return DEFAULTS;
	}

	/**
	 * Start from the {@linkplain #defaults() defaults}.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Start from these settings.
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
	 * Return the number of attempts, the first included.
	 * @return at least 1
	 */
	public int maxAttempts() {
		return this.maxAttempts;
	}

	/**
	 * Return the upper bound of the first wait.
	 * @return zero or more
	 */
	public Duration initialInterval() {
		return this.initialInterval;
	}

	/**
	 * Return the factor from the bound of one wait to that of the next.
	 * @return at least 1
	 */
	public double multiplier() {
		return this.multiplier;
	}

	/**
	 * Return the upper bound of any wait that the server did not ask for.
	 * @return zero or more
	 */
	public Duration maxInterval() {
		return this.maxInterval;
	}

	/**
	 * Return the time from the start of a call after which no attempt begins and no wait
	 * ends. An attempt under way keeps its read timeout.
	 * @return more than zero
	 */
	public Duration maxElapsedTime() {
		return this.maxElapsedTime;
	}

	/**
	 * Return whether failures without a response are retried, as far as the operation
	 * allows it.
	 * @return whether to retry them
	 */
	public boolean retryConnectionErrors() {
		return this.retryConnectionErrors;
	}

	/**
	 * Return whether operations that are not idempotent are retried as if they were. A
	 * create that is sent twice may buy two sessions.
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
		 * Set the number of attempts, the first included. The default is 5.
		 * @param maxAttempts at least 1
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder maxAttempts(int maxAttempts) {
			Assert.isTrue(maxAttempts >= 1, () -> "maxAttempts must be at least 1, but is " + maxAttempts);
			this.maxAttempts = maxAttempts;
			return this;
		}

		/**
		 * Set the upper bound of the first wait. The default is 500 ms.
		 * @param initialInterval zero or more
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder initialInterval(Duration initialInterval) {
			this.initialInterval = Arguments.requireNotNegative("initialInterval", initialInterval);
			return this;
		}

		/**
		 * Set the factor from the bound of one wait to that of the next. The default is
		 * 2.
		 * @param multiplier at least 1
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder multiplier(double multiplier) {
			Assert.isTrue(multiplier >= 1 && Double.isFinite(multiplier),
					() -> "multiplier must be at least 1, but is " + multiplier);
			this.multiplier = multiplier;
			return this;
		}

		/**
		 * Set the upper bound of any wait that the server did not ask for. The default is
		 * 10 s.
		 * @param maxInterval zero or more
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder maxInterval(Duration maxInterval) {
			this.maxInterval = Arguments.requireNotNegative("maxInterval", maxInterval);
			return this;
		}

		/**
		 * Set the time from the start of a call after which no attempt begins and no wait
		 * ends. The default is 2 minutes.
		 * @param maxElapsedTime more than zero
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder maxElapsedTime(Duration maxElapsedTime) {
			this.maxElapsedTime = Arguments.requirePositive("maxElapsedTime", maxElapsedTime);
			return this;
		}

		/**
		 * Set whether failures without a response are retried, as far as the operation
		 * allows it. The default is to retry them.
		 * @param retryConnectionErrors whether to retry them
		 * @return this builder
		 */
		public Builder retryConnectionErrors(boolean retryConnectionErrors) {
			this.retryConnectionErrors = retryConnectionErrors;
			return this;
		}

		/**
		 * Set whether operations that are not idempotent are retried as if they were. The
		 * default is not to: a create that is sent twice may buy two sessions.
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
