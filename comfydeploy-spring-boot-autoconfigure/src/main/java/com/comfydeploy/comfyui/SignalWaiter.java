package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.internal.TimeSource;

/**
 * Time source that waits between attempts and polls.
 */
interface SignalWaiter extends TimeSource {

	/** Waits with the system's time. */
	SignalWaiter SYSTEM = (signal, duration) -> signal.await(duration.toNanos());

	/**
	 * Wait for a signal, at most for a duration.
	 */
	void await(Signal signal, Duration duration) throws InterruptedException;

}
