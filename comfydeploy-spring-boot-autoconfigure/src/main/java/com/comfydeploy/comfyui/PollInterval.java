package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.internal.Durations;

/**
 * Interval between polls, which grows from 100 ms to 2 s.
 */
final class PollInterval {

	private static final Duration SHORTEST = Duration.ofMillis(100);

	private static final Duration LONGEST = Duration.ofSeconds(2);

	private Duration next = SHORTEST;

	Duration next() {
		Duration interval = this.next;
		this.next = Durations.min(LONGEST, interval.multipliedBy(3).dividedBy(2));
		return interval;
	}

	void reset() {
		this.next = SHORTEST;
	}

}
