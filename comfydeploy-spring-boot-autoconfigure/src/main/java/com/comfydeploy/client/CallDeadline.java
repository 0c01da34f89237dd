package com.comfydeploy.client;

import java.time.Duration;

/**
 * When calls are to have ended whose caller waits for them together. Confined to the
 * calling thread.
 */
final class CallDeadline {

	private final TimeSource time;

	private final long start;

	private final Duration timeout;

	private boolean missed;

	CallDeadline(TimeSource time, Duration timeout) {
		this.time = time;
		this.start = time.nanoTime();
		this.timeout = timeout;
	}

	/**
	 * The time that is left, negative once it is over.
	 */
	Duration left() {
		return this.timeout.minusNanos(this.time.nanoTime() - this.start);
	}

	/**
	 * Whether the time is over, or too short for an attempt that there would have been.
	 */
	boolean hasPassed() {
		Duration left = left();
		return this.missed || left.isNegative() || left.isZero();
	}

	/**
	 * Note that there is no other attempt for want of time.
	 */
	void markMissed() {
		this.missed = true;
	}

}
