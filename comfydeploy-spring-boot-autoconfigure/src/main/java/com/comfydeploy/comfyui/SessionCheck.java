package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Strategy to check whether the session at a URL can still be used. With it, a call to
 * the ComfyUI of a lost session fails with the reason of the loss.
 *
 * @see ComfyUis#at(String, SessionCheck)
 */
@FunctionalInterface
public interface SessionCheck {

	/**
	 * Check the session without sending a request. This method is called before a
	 * workflow is submitted, and before each poll for its result.
	 * @return the end of the session, or {@code null} if it can be used
	 */
	@Nullable SessionEnd check();

	/**
	 * Check the session again, and send a request if necessary. This method is called
	 * before a call fails with an error that a lost session can cause, and every 30
	 * seconds while there is no usable response to the polls of a wait. By default, it
	 * calls {@link #check()}.
	 * @return the end of the session, or {@code null} if the session has not ended, or if
	 * its state is not known
	 */
	default @Nullable SessionEnd recheck() {
		return check();
	}

	/**
	 * Return a check for a session without a lease.
	 * @return a check that never fails
	 */
	static SessionCheck none() {
		return () -> null;
	}

}
