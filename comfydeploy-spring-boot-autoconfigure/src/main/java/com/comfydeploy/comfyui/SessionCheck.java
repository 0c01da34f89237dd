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
	 * @return why it cannot be used any more, or {@code null} if it can
	 */
	@Nullable SessionEnd check();

	/**
	 * Check the session again, where necessary with a request. Called once before a call
	 * fails for a reason that a lost session may have. By default the same as
	 * {@link #check()}.
	 * @return why it cannot be used any more, or {@code null} if it can or that is not
	 * known
	 */
	default @Nullable SessionEnd recheck() {
		return check();
	}

	/**
	 * Return a check of a session that is not known.
	 * @return a check that never fails
	 */
	static SessionCheck none() {
		return () -> null;
	}

}
