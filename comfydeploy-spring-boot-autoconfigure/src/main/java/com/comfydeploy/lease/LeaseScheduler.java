package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import com.comfydeploy.internal.TimeSource;

/**
 * Schedules the tasks of leases and measures their time. A test can replace it to control
 * the time.
 */
interface LeaseScheduler extends TimeSource {

	/**
	 * Run a task later, on a thread that the task may block. After {@link #close()}, no
	 * task is run.
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
	 * Discard all tasks that have not started, and accept no new ones.
	 */
	void close();

	/**
	 * A task that has been scheduled.
	 */
	interface Timer {

		/**
		 * Cancel the task. A task that has started continues.
		 */
		void cancel();

	}

}
