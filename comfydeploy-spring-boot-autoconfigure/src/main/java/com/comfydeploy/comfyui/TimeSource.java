package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * Time between polls and attempts.
 */
interface TimeSource {

	/** The system's time. */
	TimeSource SYSTEM = new TimeSource() {

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public void await(Signal signal, Duration duration) throws InterruptedException {
			signal.await(duration.toNanos());
		}

	};

	/**
	 * Return the monotonic time.
	 */
	long nanoTime();

	/**
	 * Wait for a signal, at most for a duration.
	 */
	void await(Signal signal, Duration duration) throws InterruptedException;

}
