package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.internal.BackOff;
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
	 * Return the wait after an attempt, at least as long as the server asked for.
	 */
	Duration wait(int attempts, BackOff backOff, Duration retryAfter) {
		Duration wait = backOff.fullJitter(this.initialInterval, this.multiplier, this.maxInterval, attempts);
		return Durations.max(wait, retryAfter);
	}

}
