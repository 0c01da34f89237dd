package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * How requests that change nothing are tried again.
 *
 * @param maxAttempts the first one included
 * @param initialInterval the longest wait after the first attempt
 * @param multiplier by which it grows
 * @param maxInterval the longest wait of all
 * @param maxElapsedTime no wait ends after it
 * @param retryConnectionErrors whether failures without a response are tried again
 */
record ReadRetry(int maxAttempts, Duration initialInterval, double multiplier, Duration maxInterval,
		Duration maxElapsedTime, boolean retryConnectionErrors) {

	static final ReadRetry DEFAULTS = new ReadRetry(5, Duration.ofMillis(500), 2, Duration.ofSeconds(10),
			Duration.ofMinutes(2), true);

	/**
	 * Compute a wait with full jitter, not less than the server asks for.
	 * @param random from 0 to 1
	 */
	Duration wait(int attempts, double random, long retryAfterSeconds) {
		double bound = Math.min(this.maxInterval.toNanos(),
				this.initialInterval.toNanos() * Math.pow(this.multiplier, attempts - 1));
		Duration wait = Duration.ofNanos((long) (bound * random));
		Duration asked = Duration.ofSeconds(retryAfterSeconds);
		return (asked.compareTo(wait) > 0) ? asked : wait;
	}

}
