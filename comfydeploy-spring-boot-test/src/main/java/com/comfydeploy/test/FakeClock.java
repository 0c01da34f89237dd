package com.comfydeploy.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;

import org.springframework.util.Assert;

/**
 * The system's time, which can be moved ahead.
 */
final class FakeClock {

	private static final long POLL_MILLIS = 20;

	private final Clock system;

	private Duration ahead = Duration.ZERO;

	FakeClock(Clock system) {
		this.system = system;
	}

	synchronized Instant now() {
		return this.system.instant().plus(this.ahead);
	}

	synchronized void advance(Duration duration) {
		Assert.isTrue(!duration.isNegative(), () -> "Time cannot go back by " + duration);
		this.ahead = this.ahead.plus(duration);
		notifyAll();
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
