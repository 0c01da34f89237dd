package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.internal.Durations;

/**
 * Retries of idempotent requests.
 *
 * @param maxAttempts the maximum number of attempts, including the first
 * @param initialInterval the maximum wait after the first attempt
 * @param multiplier the factor by which waits grow
 * @param maxInterval the maximum wait
 * @param maxElapsedTime the limit of all waits together
 * @param retryConnectionErrors whether failures without a response are retried
 */
record ReadRetry(int maxAttempts, Duration initialInterval, double multiplier, Duration maxInterval,
		Duration maxElapsedTime, boolean retryConnectionErrors) {

	static final ReadRetry DEFAULTS = new ReadRetry(5, Duration.ofMillis(500), 2, Duration.ofSeconds(10),
			Duration.ofMinutes(2), true);

	/**
	 * Return a wait with full jitter, at least as long as the server asked for.
	 * @param random from 0 to 1
	 */
	Duration wait(int attempts, double random, long retryAfterSeconds) {
		double bound = Math.min(this.maxInterval.toNanos(),
				this.initialInterval.toNanos() * Math.pow(this.multiplier, attempts - 1));
		Duration wait = Duration.ofNanos((long) (bound * random));
		return Durations.max(wait, Duration.ofSeconds(retryAfterSeconds));
	}

}
