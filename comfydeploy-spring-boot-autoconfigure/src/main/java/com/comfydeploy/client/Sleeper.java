package com.comfydeploy.client;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.internal.TimeSource;

/**
 * Time source that waits between attempts and polls.
 */
interface Sleeper extends TimeSource {

	void sleep(Duration duration) throws InterruptedException;

	/**
	 * Create a sleeper with the system's time. Sleeping ends when the client is closed.
	 * @param closed released when the client is closed
	 */
	@SuppressWarnings("ResultOfMethodCallIgnored")
	static Sleeper system(CountDownLatch closed) {
		return (duration) -> closed.await(Durations.toNanos(duration), TimeUnit.NANOSECONDS);
	}

}
