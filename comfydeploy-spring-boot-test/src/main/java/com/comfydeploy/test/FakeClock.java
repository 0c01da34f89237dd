package com.comfydeploy.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

import com.comfydeploy.internal.Arguments;

/**
 * Clock that can be moved ahead.
 */
final class FakeClock {

	private static final long POLL_MILLIS = 20;

	private final Clock clock;

	private Duration offset = Duration.ZERO;

	FakeClock(Clock clock) {
		this.clock = clock;
	}

	synchronized Instant now() {
		return this.clock.instant().plus(this.offset);
	}

	synchronized void advance(Duration duration) {
		this.offset = this.offset.plus(Arguments.requireNotNegative("duration", duration));
		notifyAll();
	}

	void awaitTime(Instant time) throws InterruptedException {
		await(() -> !now().isBefore(time));
	}

	/**
	 * Wait without a limit until a condition that depends on the time holds.
	 */
	synchronized void await(BooleanSupplier condition) throws InterruptedException {
		while (!condition.getAsBoolean()) {
			wait(POLL_MILLIS);
		}
	}

	/**
	 * Wait until a condition that depends on the time holds.
	 * @return whether it held before the limit
	 */
	synchronized boolean await(BooleanSupplier condition, Duration limit) throws InterruptedException {
		Instant end = now().plus(limit);
		while (!condition.getAsBoolean()) {
			if (!now().isBefore(end)) {
				return false;
			}
			wait(POLL_MILLIS);
		}
		return true;
	}

}
