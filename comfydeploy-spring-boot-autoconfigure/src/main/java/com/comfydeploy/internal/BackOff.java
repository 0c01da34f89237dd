package com.comfydeploy.internal;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;

/**
 * Exponential back-off with jitter. The jitter is applied after the cap, so that capped
 * waits are spread too.
 *
 * @see <a href=
 * "https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 * Backoff And Jitter</a>
 */
public final class BackOff {

	private final DoubleSupplier random;

	/**
	 * Create a back-off.
	 * @param random random numbers from 0 to 1
	 */
	public BackOff(DoubleSupplier random) {
		this.random = random;
	}

	/**
	 * Create a back-off with the random numbers of the current thread.
	 * @return the back-off
	 */
	public static BackOff random() {
		return new BackOff(() -> ThreadLocalRandom.current().nextDouble());
	}

	/**
	 * Return the longest wait after an attempt.
	 * @param initial the longest wait after the first attempt
	 * @param multiplier the factor by which waits grow
	 * @param max the longest wait after any attempt
	 * @param attempts the number of attempts made, at least 1
	 * @return the longest wait
	 */
	public static Duration bound(Duration initial, double multiplier, Duration max, int attempts) {
		return Duration.ofNanos((long) boundNanos(initial, multiplier, max, attempts));
	}

	/**
	 * Return a wait from zero to its {@link #bound bound}.
	 * @param initial the longest wait after the first attempt
	 * @param multiplier the factor by which waits grow
	 * @param max the longest wait after any attempt
	 * @param attempts the number of attempts made, at least 1
	 * @return the wait
	 */
	public Duration fullJitter(Duration initial, double multiplier, Duration max, int attempts) {
		return Duration.ofNanos((long) (boundNanos(initial, multiplier, max, attempts) * this.random.getAsDouble()));
	}

	/**
	 * Return a wait from half of its {@link #bound bound} to the bound.
	 * @param initial the longest wait after the first attempt
	 * @param multiplier the factor by which waits grow
	 * @param max the longest wait after any attempt
	 * @param attempts the number of attempts made, at least 1
	 * @return the wait
	 */
	public Duration equalJitter(Duration initial, double multiplier, Duration max, int attempts) {
		double bound = boundNanos(initial, multiplier, max, attempts);
		return Duration.ofNanos((long) (bound * (1 + this.random.getAsDouble()) / 2));
	}

	private static double boundNanos(Duration initial, double multiplier, Duration max, int attempts) {
		return Math.min(Durations.toNanos(max), Durations.toNanos(initial) * Math.pow(multiplier, attempts - 1));
	}

}
