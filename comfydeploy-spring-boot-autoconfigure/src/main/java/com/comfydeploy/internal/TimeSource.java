package com.comfydeploy.internal;

import java.time.Instant;

/**
 * The clocks of the system, which a test can replace.
 */
public interface TimeSource {

	/**
	 * Return the time of the wall clock, to which a server's dates are relative.
	 * @return the time
	 */
	default Instant now() {
		return Instant.now();
	}

	/**
	 * Return the time of a monotonic clock, which measures elapsed time.
	 * @return the time in nanoseconds, from an arbitrary origin
	 */
	default long nanoTime() {
		return System.nanoTime();
	}

}
