package com.comfydeploy.client;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Time as the client sees it, so that a test can own it.
 */
interface TimeSource {

	/**
	 * The wall clock, against which a server's dates are read.
	 */
	Instant now();

	/**
	 * Nanoseconds of a monotonic clock, which elapsed time is measured with.
	 */
	long nanoTime();

	void sleep(Duration duration) throws InterruptedException;

	/**
	 * The system's time. Its sleepers wake up when the client is closed.
	 */
	static TimeSource system(CountDownLatch closed) {
		return new TimeSource() {

			@Override
			public Instant now() {
				return Instant.now();
			}

			@Override
			public long nanoTime() {
				return System.nanoTime();
			}

			@Override
			@SuppressWarnings("ResultOfMethodCallIgnored")
			public void sleep(Duration duration) throws InterruptedException {
				closed.await(nanos(duration), TimeUnit.NANOSECONDS);
			}

		};
	}

	/**
	 * A duration in nanoseconds, as many as fit.
	 */
	static long nanos(Duration duration) {
		return (duration.getSeconds() < Long.MAX_VALUE / 1_000_000_000L) ? duration.toNanos() : Long.MAX_VALUE;
	}

}
