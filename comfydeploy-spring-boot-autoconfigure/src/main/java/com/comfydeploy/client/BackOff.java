package com.comfydeploy.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.RetrySettings;

/**
 * Exponential back-off with full jitter, and at least the wait that the server asks for.
 * The jitter is applied after the cap, so that capped waits are spread too, unlike those
 * of Spring Retry's random policy.
 *
 * @see <a href=
 * "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 * Backoff And Jitter</a>
 */
final class BackOff {

	private final DoubleSupplier random;

	/**
	 * Create a back-off.
	 * @param random random numbers from 0 to 1
	 */
	BackOff(DoubleSupplier random) {
		this.random = random;
	}

	/**
	 * Return the wait before the next attempt.
	 * @param settings the settings
	 * @param attempts the number of attempts made
	 * @param retryAfter the wait that the server asks for, or {@code null}
	 */
	Duration next(RetrySettings settings, int attempts, @Nullable Duration retryAfter) {
		double bound = Math.min(TimeSource.nanos(settings.maxInterval()),
				TimeSource.nanos(settings.initialInterval()) * Math.pow(settings.multiplier(), attempts - 1));
		Duration wait = Duration.ofNanos((long) (bound * this.random.getAsDouble()));
		return (retryAfter != null && retryAfter.compareTo(wait) > 0) ? retryAfter : wait;
	}

}
