package com.comfydeploy.internal;

import java.time.Duration;

/**
 * Deadline of a call or a wait.
 */
public final class Deadline {

	private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE / 4);

	private final TimeSource time;

	private final long end;

	private Deadline(TimeSource time, long end) {
		this.time = time;
		this.end = end;
	}

	/**
	 * Create a deadline.
	 * @param timeout the time from now
	 * @param time the time source
	 * @return the deadline
	 */
	public static Deadline after(Duration timeout, TimeSource time) {
		Duration bounded = (timeout.compareTo(FOREVER) < 0) ? timeout : FOREVER;
		return new Deadline(time, time.nanoTime() + bounded.toNanos());
	}

	/**
	 * Return a deadline that is not later than this one.
	 * @param timeout the time from now
	 * @return the earlier one of both deadlines
	 */
	public Deadline within(Duration timeout) {
		Deadline step = after(timeout, this.time);
		return (step.end - this.end < 0) ? step : this;
	}

	/**
	 * Return whether the deadline has passed.
	 * @return whether no time remains
	 */
	public boolean hasPassed() {
		return this.end - this.time.nanoTime() <= 0;
	}

	/**
	 * Return the remaining time.
	 * @return the time, not negative
	 */
	public Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.time.nanoTime()));
	}

}
