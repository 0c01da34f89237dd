package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.DoubleSupplier;

import com.comfydeploy.internal.Durations;

/**
 * Computes waits between tries: doubling, and jittered between half and the whole.
 */
final class LeaseBackOff {

	private final DoubleSupplier random;

	/**
	 * Create a back-off.
	 * @param random numbers from 0 to 1
	 */
	LeaseBackOff(DoubleSupplier random) {
		this.random = random;
	}

	/**
	 * Compute a wait.
	 * @param first the bound of the first wait
	 * @param tries the number of tries made, at least 1
	 * @param max the bound of any wait
	 */
	Duration next(Duration first, int tries, Duration max) {
		Duration bound = Durations.min(max, first.multipliedBy(1L << Math.min(tries - 1, 20)));
		return Duration.ofNanos((long) (bound.toNanos() * (1 + this.random.getAsDouble()) / 2));
	}

}
