package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * Time between two polls: from 100 ms, growing to 2 s.
 */
final class PollInterval {

	private static final Duration SHORTEST = Duration.ofMillis(100);

	private static final Duration LONGEST = Duration.ofSeconds(2);

	private Duration next = SHORTEST;

	Duration next() {
		Duration interval = this.next;
		Duration longer = interval.multipliedBy(3).dividedBy(2);
		this.next = (longer.compareTo(LONGEST) < 0) ? longer : LONGEST;
		return interval;
	}

	void reset() {
		this.next = SHORTEST;
	}

}
