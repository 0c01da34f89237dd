package com.comfydeploy.client;

import java.time.Duration;
import java.util.function.DoubleSupplier;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.RetrySettings;

/**
 * Computes waits: exponential with full jitter, never less than the server asks for.
 * Jittered after the cap, unlike Spring Retry's random policy, so that capped waits are
 * spread too.
 *
 * @see <a href=
 * "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 * Backoff And Jitter</a>
 */
final class BackOff {

	private final DoubleSupplier random;

	/**
	 * Create a back-off.
	 * @param random numbers from 0 to 1
	 */
	BackOff(DoubleSupplier random) {
		this.random = random;
	}

	/**
	 * Compute a wait.
	 * @param attempts the number of attempts made
	 * @param retryAfter what the server asks for, or {@code null}
	 */
	Duration next(RetrySettings settings, int attempts, @Nullable Duration retryAfter) {
		double bound = Math.min(TimeSource.nanos(settings.maxInterval()),
				TimeSource.nanos(settings.initialInterval()) * Math.pow(settings.multiplier(), attempts - 1));
		Duration wait = Duration.ofNanos((long) (bound * this.random.getAsDouble()));
		return (retryAfter != null && retryAfter.compareTo(wait) > 0) ? retryAfter : wait;
	}

}
