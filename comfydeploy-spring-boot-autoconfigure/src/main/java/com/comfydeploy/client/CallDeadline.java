package com.comfydeploy.client;

import java.time.Duration;

import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.TimeSource;

/**
 * Deadline shared by a sequence of calls. Confined to the calling thread.
 */
final class CallDeadline {

	private final Deadline deadline;

	private boolean missed;

	CallDeadline(TimeSource time, Duration timeout) {
		this.deadline = Deadline.after(timeout, time);
	}

	/**
	 * Return the remaining time, not negative.
	 */
	Duration remaining() {
		return this.deadline.remaining();
	}

	/**
	 * Return whether the deadline has passed, or left no time for a retry.
	 */
	boolean hasPassed() {
		return this.missed || this.deadline.hasPassed();
	}

	/**
	 * Record that a retry was not possible in time.
	 */
	void markMissed() {
		this.missed = true;
	}

}
