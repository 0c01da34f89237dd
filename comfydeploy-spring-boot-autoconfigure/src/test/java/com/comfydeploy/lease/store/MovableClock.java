package com.comfydeploy.lease.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that stands still until a test moves it.
 */
final class MovableClock implements InstantSource {

	private volatile Instant now = Instant.parse("2026-11-26T00:00:00Z");

	@Override
	public Instant instant() {
		return this.now;
	}

	void move(Duration duration) {
		this.now = this.now.plus(duration);
	}

}
