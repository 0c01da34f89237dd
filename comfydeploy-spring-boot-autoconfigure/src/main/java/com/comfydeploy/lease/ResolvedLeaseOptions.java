package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Durations;

/**
 * The options of one lease: its own options, else the configured options, else the
 * documented defaults.
 *
 * @param pollInterval the interval between polls while a session starts
 * @param closeTimeout how long to wait for confirmation that a closed session has ended
 * @param serverLimit the time after which the server ends a session without a deadline
 */
record ResolvedLeaseOptions(Duration extension, Duration renewBefore, Duration maxLifetime, Duration readyTimeout,
		Duration checkInterval, Duration pollInterval, Duration closeTimeout, Duration serverLimit) {

	/** Effectively unlimited, without an overflow. */
	static final Duration FOR_EVER = Duration.ofDays(36500);

	/** Time after which the server ends a session without a deadline. */
	static final Duration SERVER_LIMIT = Duration.ofHours(24);

	/** The same limit for a dynamic session, which runs in a sandbox. */
	static final Duration DYNAMIC_LIMIT = Duration.ofHours(6);

	static final ResolvedLeaseOptions DEFAULTS = new ResolvedLeaseOptions(Duration.ofMinutes(5), Duration.ofMinutes(2),
			Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofSeconds(2),
			Duration.ofSeconds(20), SERVER_LIMIT);

	private static final Duration MINUTE = Duration.ofMinutes(1);

	ResolvedLeaseOptions {
		LeaseOptions.Builder.checkRenewBefore(renewBefore, extension);
		maxLifetime = Durations.min(maxLifetime, FOR_EVER);
		readyTimeout = Durations.min(readyTimeout, FOR_EVER);
		checkInterval = Durations.min(checkInterval, FOR_EVER);
		pollInterval = Durations.min(pollInterval, FOR_EVER);
		closeTimeout = Durations.min(closeTimeout, FOR_EVER);
	}

	ResolvedLeaseOptions with(LeaseOptions options) {
		return new ResolvedLeaseOptions(or(options.extension(), this.extension),
				or(options.renewBefore(), this.renewBefore), or(options.maxLifetime(), this.maxLifetime),
				or(options.readyTimeout(), this.readyTimeout), or(options.checkInterval(), this.checkInterval),
				this.pollInterval, this.closeTimeout, this.serverLimit);
	}

	ResolvedLeaseOptions withPollInterval(Duration pollInterval) {
		return new ResolvedLeaseOptions(this.extension, this.renewBefore, this.maxLifetime, this.readyTimeout,
				this.checkInterval, pollInterval, this.closeTimeout, this.serverLimit);
	}

	ResolvedLeaseOptions withCloseTimeout(Duration closeTimeout) {
		return new ResolvedLeaseOptions(this.extension, this.renewBefore, this.maxLifetime, this.readyTimeout,
				this.checkInterval, this.pollInterval, closeTimeout, this.serverLimit);
	}

	ResolvedLeaseOptions withServerLimit(Duration serverLimit) {
		return new ResolvedLeaseOptions(this.extension, this.renewBefore, this.maxLifetime, this.readyTimeout,
				this.checkInterval, this.pollInterval, this.closeTimeout, serverLimit);
	}

	/**
	 * Return the maximum lifetime in whole minutes, because the server counts in minutes.
	 */
	Duration limit() {
		return (this.maxLifetime.compareTo(MINUTE) < 0) ? this.maxLifetime
				: Duration.ofMinutes(this.maxLifetime.toMinutes());
	}

	/**
	 * Return the timeout with which to create a session.
	 * @param timeout the request's own, or {@code null} if it has none
	 */
	Duration initialTimeout(@Nullable Duration timeout) {
		if (timeout == null) {
			return Durations.min(this.extension, Durations.max(limit(), MINUTE));
		}
		Assert.isTrue(timeout.compareTo(this.maxLifetime) <= 0,
				() -> "The request's timeout must be at most maxLifetime " + Durations.format(this.maxLifetime)
						+ ", but is " + Durations.format(timeout));
		return timeout;
	}

	private static Duration or(@Nullable Duration value, Duration otherwise) {
		return (value != null) ? value : otherwise;
	}

}
