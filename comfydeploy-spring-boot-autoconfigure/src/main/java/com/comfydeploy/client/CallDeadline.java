package com.comfydeploy.client;

import java.time.Duration;

import com.comfydeploy.internal.Durations;

/**
 * Deadline shared by a sequence of calls. Confined to the calling thread.
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
	 * Return the remaining time, negative once the deadline has passed.
	 */
	Duration remaining() {
		return this.timeout.minusNanos(this.time.nanoTime() - this.start);
	}

	/**
	 * Return whether the deadline has passed, or left no time for a retry.
	 */
	boolean hasPassed() {
		Duration remaining = remaining();
		return this.missed || !Durations.isPositive(remaining);
	}

	/**
	 * Record that a retry was not possible in time.
	 */
	void markMissed() {
		this.missed = true;
	}

}
