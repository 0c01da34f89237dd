package com.comfydeploy.lease;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.Durations;

/**
 * Options of a lease. Immutable. An option that is not set has the value that is
 * configured for all leases.
 *
 * @see #builder()
 */
public final class LeaseOptions {

	private final @Nullable Duration extension;

	private final @Nullable Duration renewBefore;

	private final @Nullable Duration maxLifetime;

	private final @Nullable Duration readyTimeout;

	private final @Nullable Duration checkInterval;

	private final @Nullable String owner;

	private LeaseOptions(Builder builder) {
		this.extension = builder.extension;
		this.renewBefore = builder.renewBefore;
		this.maxLifetime = builder.maxLifetime;
		this.readyTimeout = builder.readyTimeout;
		this.checkInterval = builder.checkInterval;
		this.owner = builder.owner;
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
		return new Builder().extension(this.extension)
			.renewBefore(this.renewBefore)
			.maxLifetime(this.maxLifetime)
			.readyTimeout(this.readyTimeout)
			.checkInterval(this.checkInterval)
			.owner(this.owner);
	}

	/**
	 * Return the duration of each extension. It is also the initial timeout of a session
	 * whose request has no timeout.
	 * @return whole minutes, or {@code null} if not set
	 */
	public @Nullable Duration extension() {
		return this.extension;
	}

	/**
	 * Return the remaining time at which the lease is extended.
	 * @return more than zero, or {@code null} if not set
	 */
	public @Nullable Duration renewBefore() {
		return this.renewBefore;
	}

	/**
	 * Return the maximum lifetime of the lease.
	 * @return more than zero, or {@code null} if not set
	 */
	public @Nullable Duration maxLifetime() {
		return this.maxLifetime;
	}

	/**
	 * Return how long to wait for the session to be ready.
	 * @return more than zero, or {@code null} if not set
	 */
	public @Nullable Duration readyTimeout() {
		return this.readyTimeout;
	}

	/**
	 * Return the interval between polls of a ready session.
	 * @return zero to poll only before an extension, or {@code null} if not set
	 */
	public @Nullable Duration checkInterval() {
		return this.checkInterval;
	}

	/**
	 * Return the owner of the lease. The value is informational.
	 * @return any text that the application chooses, such as a user or a job, or
	 * {@code null} if not set
	 */
	public @Nullable String owner() {
		return this.owner;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof LeaseOptions that && Objects.equals(this.extension, that.extension)
				&& Objects.equals(this.renewBefore, that.renewBefore)
				&& Objects.equals(this.maxLifetime, that.maxLifetime)
				&& Objects.equals(this.readyTimeout, that.readyTimeout)
				&& Objects.equals(this.checkInterval, that.checkInterval) && Objects.equals(this.owner, that.owner);
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.extension, this.renewBefore, this.maxLifetime, this.readyTimeout, this.checkInterval,
				this.owner);
	}

	@Override
	public String toString() {
		return "LeaseOptions[extension=" + this.extension + ", renewBefore=" + this.renewBefore + ", maxLifetime="
				+ this.maxLifetime + ", readyTimeout=" + this.readyTimeout + ", checkInterval=" + this.checkInterval
				+ ", owner=" + this.owner + "]";
	}

	/**
	 * Builder of {@link LeaseOptions}.
	 */
	public static final class Builder {

		private @Nullable Duration extension;

		private @Nullable Duration renewBefore;

		private @Nullable Duration maxLifetime;

		private @Nullable Duration readyTimeout;

		private @Nullable Duration checkInterval;

		private @Nullable String owner;

		private Builder() {
		}

		/**
		 * Set the duration of each extension. It is also the initial timeout of a session
		 * whose request has no timeout.
		 * @param extension a positive whole number of minutes that fits 32 bits, or
		 * {@code null} for the configured value
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder extension(@Nullable Duration extension) {
			this.extension = (extension != null) ? Arguments.requireWholeMinutes("extension", extension) : null;
			return this;
		}

		/**
		 * Set the remaining time at which the lease is extended. The lease repeats a
		 * failed extension until the deadline. With 20 seconds or more, there is time for
		 * at least three attempts, even if none of them receives a response.
		 * @param renewBefore more than zero, and below the extension, or {@code null} for
		 * the configured value
		 * @return this builder
		 * @throws IllegalArgumentException if it is not more than zero
		 */
		public Builder renewBefore(@Nullable Duration renewBefore) {
			this.renewBefore = (renewBefore != null) ? Arguments.requirePositive("renewBefore", renewBefore) : null;
			return this;
		}

		/**
		 * Set the maximum lifetime, counted from the creation of the session. The lease
		 * does not extend the session beyond this time, and closes itself when the time
		 * has elapsed. An extension adds whole minutes: if less than one minute remains
		 * between the deadline of the session and the maximum lifetime, the lease closes
		 * itself at the deadline.
		 * @param maxLifetime more than zero, or {@code null} for the configured value
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder maxLifetime(@Nullable Duration maxLifetime) {
			this.maxLifetime = (maxLifetime != null) ? Arguments.requirePositive("maxLifetime", maxLifetime) : null;
			return this;
		}

		/**
		 * Set how long to wait for the session to be ready.
		 * @param readyTimeout more than zero, or {@code null} for the configured value
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder readyTimeout(@Nullable Duration readyTimeout) {
			this.readyTimeout = (readyTimeout != null) ? Arguments.requirePositive("readyTimeout", readyTimeout) : null;
			return this;
		}

		/**
		 * Set the interval between polls of a ready session. A poll detects that the
		 * session has ended.
		 * @param checkInterval not negative; zero to poll only before an extension,
		 * {@code null} for the configured value
		 * @return this builder
		 * @throws IllegalArgumentException if it is negative
		 */
		public Builder checkInterval(@Nullable Duration checkInterval) {
			this.checkInterval = (checkInterval != null) ? Arguments.requireNotNegative("checkInterval", checkInterval)
					: null;
			return this;
		}

		/**
		 * Set the owner of the lease. The value is informational.
		 * @param owner any text that the application chooses, such as a user or a job, or
		 * {@code null}
		 * @return this builder
		 */
		public Builder owner(@Nullable String owner) {
			this.owner = owner;
			return this;
		}

		/**
		 * Build the options.
		 * @return the options
		 * @throws IllegalArgumentException if both are set and {@code renewBefore} is not
		 * below {@code extension}
		 */
		public LeaseOptions build() {
			if (this.renewBefore != null && this.extension != null) {
				checkRenewBefore(this.renewBefore, this.extension);
			}
			return new LeaseOptions(this);
		}

		static void checkRenewBefore(Duration renewBefore, Duration extension) {
			Assert.isTrue(renewBefore.compareTo(extension) < 0, () -> "renewBefore must be below extension "
					+ Durations.format(extension) + ", but is " + Durations.format(renewBefore));
		}

	}

}
