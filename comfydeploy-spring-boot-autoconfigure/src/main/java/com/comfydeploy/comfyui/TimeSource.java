package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * The time that passes between polls and attempts.
 */
interface TimeSource {

	/** The system's time. */
	TimeSource SYSTEM = new TimeSource() {

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public void await(WakeUp wakeUp, Duration duration) throws InterruptedException {
			wakeUp.await(duration.toNanos());
		}

	};

	/**
	 * A monotonic time.
	 */
	long nanoTime();

	/**
	 * Wait for a signal, or until the duration is over.
	 */
	void await(WakeUp wakeUp, Duration duration) throws InterruptedException;

}
