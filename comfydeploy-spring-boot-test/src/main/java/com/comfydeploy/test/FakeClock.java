package com.comfydeploy.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

import com.comfydeploy.internal.Arguments;

/**
 * The time of a clock, which can be moved ahead.
 */
final class FakeClock {

	private static final long POLL_MILLIS = 20;

	private final Clock clock;

	private Duration ahead = Duration.ZERO;

	FakeClock(Clock clock) {
		this.clock = clock;
	}

	synchronized Instant now() {
		return this.clock.instant().plus(this.ahead);
	}

	synchronized void advance(Duration duration) {
		this.ahead = this.ahead.plus(Arguments.requireNotNegative("duration", duration));
		notifyAll();
	}

	void awaitTime(Instant time) throws InterruptedException {
		await(() -> !now().isBefore(time));
	}

	/**
	 * Wait until a condition holds that changes with time, however long that is.
	 */
	synchronized void await(BooleanSupplier condition) throws InterruptedException {
		while (!condition.getAsBoolean()) {
			wait(POLL_MILLIS);
		}
	}

	/**
	 * Wait until a condition holds that changes with time.
	 * @return whether it held before the bound
	 */
	synchronized boolean await(BooleanSupplier condition, Duration bound) throws InterruptedException {
		Instant end = now().plus(bound);
		while (!condition.getAsBoolean()) {
			if (!now().isBefore(end)) {
				return false;
			}
			wait(POLL_MILLIS);
		}
		return true;
	}

}
