package com.comfydeploy.client;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * {@link Sleeper} whose time passes only by sleeping, which takes no real time.
 */
class TestTime implements Sleeper {

	final List<Duration> sleeps = new ArrayList<>();

	Runnable whileSleeping = () -> {
	};

	private Instant wallClock = Instant.parse("2026-11-23T18:00:00Z");

	private long nanos = Duration.ofHours(1).toNanos();

	@Override
	public Instant now() {
		return this.wallClock;
	}

	@Override
	public long nanoTime() {
		return this.nanos;
	}

	@Override
	public void sleep(Duration duration) throws InterruptedException {
		this.sleeps.add(duration);
		this.whileSleeping.run();
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		pass(duration);
	}

	void pass(Duration duration) {
		this.nanos += duration.toNanos();
		this.wallClock = this.wallClock.plus(duration);
	}

	void moveWallClock(Duration duration) {
		this.wallClock = this.wallClock.plus(duration);
	}

}
