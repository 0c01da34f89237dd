package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;

/**
 * When the server ends a session, as far as is known. Counted on a monotonic clock from
 * just before the creation was sent, so that it is early by as long as that took, and
 * never late.
 */
final class LeaseDeadline {

	private final LeaseTime time;

	private final long start;

	private final Duration limit;

	private volatile Duration granted;

	private volatile Duration uncertain = Duration.ZERO;

	/**
	 * Create a deadline.
	 * @param start when the creation was sent, by the monotonic clock
	 * @param granted the time that the session was created with
	 * @param limit the time that is not to be exceeded
	 */
	LeaseDeadline(LeaseTime time, long start, Duration granted, Duration limit) {
		this.time = time;
		this.start = start;
		this.granted = granted;
		this.limit = limit;
	}

	/**
	 * The time that is left until the server ends the session, negative once it has.
	 */
	Duration left() {
		return this.granted.minus(elapsed());
	}

	/**
	 * Note what may have been added without that it is known.
	 */
	void uncertain(Duration by) {
		this.uncertain = by;
	}

	/**
	 * The time that is left until the server has ended the session for certain.
	 */
	Duration leftAtMost() {
		return left().plus(this.uncertain);
	}

	/**
	 * The time that is left until the lease is to be closed at the latest.
	 */
	Duration untilLimit() {
		return this.limit.minus(elapsed());
	}

	/**
	 * What may be added to the time granted so far: whole minutes, zero if none.
	 */
	Duration next(Duration extension) {
		long minutes = LeaseTerms.min(extension, this.limit.minus(this.granted)).toMinutes();
		return Duration.ofMinutes(Math.max(0, minutes));
	}

	/**
	 * Move the deadline. Only one thread at a time does.
	 */
	@SuppressWarnings("NonAtomicOperationOnVolatileField")
	void move(Duration by) {
		this.granted = this.granted.plus(by);
	}

	Instant expiresAt() {
		return this.time.now().plus(left());
	}

	private Duration elapsed() {
		return Duration.ofNanos(this.time.nanoTime() - this.start);
	}

}
