package com.comfydeploy.comfyui;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Wakes up a thread that waits for something to be polled.
 */
final class WakeUp {

	private final Semaphore signals = new Semaphore(0);

	void signal() {
		this.signals.release();
	}

	/**
	 * Wait for a signal, or until the time is over. Signals that came before count as one
	 * that comes now.
	 */
	void await(long nanos) throws InterruptedException {
		if (this.signals.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
			this.signals.drainPermits();
		}
	}

}
