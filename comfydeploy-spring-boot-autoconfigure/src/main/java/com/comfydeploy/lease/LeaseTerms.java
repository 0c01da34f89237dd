package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.session.CreateSessionRequest;

/**
 * How one lease is held: its options, where they are not set those configured, and where
 * these are not set the documented defaults.
 */
record LeaseTerms(Duration extension, Duration renewBefore, Duration maxLifetime, Duration readyTimeout) {

	/** As good as for ever, and cannot overflow. */
	static final Duration FOR_EVER = Duration.ofDays(36500);

	private static final Duration MINUTE = Duration.ofMinutes(1);

	static final LeaseTerms DEFAULTS = new LeaseTerms(Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1),
			Duration.ofMinutes(10));

	LeaseTerms {
		LeaseOptions.Builder.checkRenewBefore(renewBefore, extension);
		maxLifetime = min(maxLifetime, FOR_EVER);
		readyTimeout = min(readyTimeout, FOR_EVER);
	}

	LeaseTerms with(LeaseOptions options) {
		return new LeaseTerms(or(options.extension(), this.extension), or(options.renewBefore(), this.renewBefore),
				or(options.maxLifetime(), this.maxLifetime), or(options.readyTimeout(), this.readyTimeout));
	}

	/**
	 * How long the lease lives at most: the server counts in whole minutes.
	 */
	Duration limit() {
		return (this.maxLifetime.compareTo(MINUTE) < 0) ? this.maxLifetime
				: Duration.ofMinutes(this.maxLifetime.toMinutes());
	}

	/**
	 * The time to create the session with: the request's own, where it has one.
	 */
	Duration firstGrant(CreateSessionRequest request) {
		Duration timeout = request.timeout();
		if (timeout == null) {
			return min(this.extension, max(limit(), MINUTE));
		}
		Assert.isTrue(timeout.compareTo(this.maxLifetime) <= 0,
				() -> "The request's timeout must be at most maxLifetime " + this.maxLifetime + ", but is " + timeout);
		return timeout;
	}

	private static Duration or(@Nullable Duration value, Duration otherwise) {
		return (value != null) ? value : otherwise;
	}

	static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) <= 0) ? one : other;
	}

	static Duration max(Duration one, Duration other) {
		return (one.compareTo(other) >= 0) ? one : other;
	}

}
