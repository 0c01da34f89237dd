package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Checks whether the session behind a URL can still be used, so that work on a lost
 * session ends with the reason.
 *
 * @see ComfyUis#at(String, SessionCheck)
 */
@FunctionalInterface
public interface SessionCheck {

	/**
	 * Check the session, without a request. Called before a workflow is submitted and
	 * before each poll of a wait.
	 * @return the end of the session, or {@code null} if it can be used
	 */
	@Nullable SessionEnd check();

	/**
	 * Check the session again, where necessary with a request. Called once before a call
	 * fails with an error that a lost session can cause. By default the same as
	 * {@link #check()}.
	 * @return the end of the session, or {@code null} if it can be used or that is not
	 * known
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
