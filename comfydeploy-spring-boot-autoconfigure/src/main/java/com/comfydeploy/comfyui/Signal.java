package com.comfydeploy.comfyui;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Wakes up a thread that waits for the next poll.
 */
final class Signal {

	private final Semaphore signals = new Semaphore(0);

	void send() {
		this.signals.release();
	}

	/**
	 * Wait for a signal, at most for some time. Earlier signals count as one.
	 */
	void await(long nanos) throws InterruptedException {
		if (this.signals.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
			this.signals.drainPermits();
		}
	}

}
