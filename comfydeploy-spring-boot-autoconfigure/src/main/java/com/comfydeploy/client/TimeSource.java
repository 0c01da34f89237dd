package com.comfydeploy.client;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The clocks of the client, which a test can replace.
 */
interface TimeSource {

	/**
	 * Return the time of the wall clock, to which a server's dates are relative.
	 */
	Instant now();

	/**
	 * Return the nanoseconds of a monotonic clock, which measures elapsed time.
	 */
	long nanoTime();

	void sleep(Duration duration) throws InterruptedException;

	/**
	 * Create the system's time source. Sleeping ends when the client is closed.
	 * @param closed released when the client is closed
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
	 * Convert a duration to nanoseconds, at most {@link Long#MAX_VALUE}.
	 */
	static long nanos(Duration duration) {
		return (duration.getSeconds() < Long.MAX_VALUE / 1_000_000_000L) ? duration.toNanos() : Long.MAX_VALUE;
	}

}
