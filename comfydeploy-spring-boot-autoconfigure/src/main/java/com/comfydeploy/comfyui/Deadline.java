package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * Deadline of a call or a wait.
 */
final class Deadline {

	private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE / 4);

	private final TimeSource time;

	private final long end;

	private Deadline(TimeSource time, long end) {
		this.time = time;
		this.end = end;
	}

	static Deadline after(Duration timeout, TimeSource time) {
		Duration bounded = (timeout.compareTo(FOREVER) < 0) ? timeout : FOREVER;
		return new Deadline(time, time.nanoTime() + bounded.toNanos());
	}

	/**
	 * Return a deadline that is not later than this one.
	 * @param timeout the time from now
	 */
	Deadline within(Duration timeout) {
		Deadline step = after(timeout, this.time);
		return (step.end - this.end < 0) ? step : this;
	}

	boolean hasPassed() {
		return this.end - this.time.nanoTime() <= 0;
	}

	/**
	 * Return the time that is left.
	 * @return not negative
	 */
	Duration remaining() {
		return Duration.ofNanos(Math.max(0, this.end - this.time.nanoTime()));
	}

}
