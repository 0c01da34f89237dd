package com.comfydeploy.test;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Waits for an effect of another thread. The condition calls the fake, so it repeats at
 * the pace of HTTP.
 */
final class Waiting {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private Waiting() {
	}

	static void until(BooleanSupplier condition) {
		long start = System.nanoTime();
		while (!condition.getAsBoolean()) {
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LIMIT);
		}
	}

}
