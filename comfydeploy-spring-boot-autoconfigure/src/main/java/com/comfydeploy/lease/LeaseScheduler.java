package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import com.comfydeploy.internal.TimeSource;

/**
 * Schedules what leases do, and measures their time, so that a test can control it.
 */
interface LeaseScheduler extends TimeSource {

	/**
	 * Run a task later, on a thread that it may block. Once closed, nothing is run.
	 * @param delay the delay; the task is run immediately if it is not positive
	 */
	Timer schedule(Runnable task, Duration delay);

	/**
	 * Start a call that may never return, on a thread of its own. It is started after
	 * {@link #close()}, too.
	 */
	void execute(Runnable call);

	/**
	 * Wait until a future is done.
	 * @return whether it was done before the timeout
	 */
	boolean await(CompletableFuture<?> future, Duration timeout) throws InterruptedException;

	/**
	 * Run nothing any more that has not started.
	 */
	void close();

	/**
	 * A task that has been scheduled.
	 */
	interface Timer {

		/**
		 * Do not run the task unless it has started.
		 */
		void cancel();

	}

}
