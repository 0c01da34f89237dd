package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.internal.BackOff;

/**
 * Interval between polls, which grows from 100 ms to 2 s.
 */
final class PollInterval {

	private static final Duration SHORTEST = Duration.ofMillis(100);

	private static final Duration LONGEST = Duration.ofSeconds(2);

	private int polls;

	Duration next() {
		this.polls++;
		return BackOff.bound(SHORTEST, 1.5, LONGEST, this.polls);
	}

	void reset() {
		this.polls = 0;
	}

}
