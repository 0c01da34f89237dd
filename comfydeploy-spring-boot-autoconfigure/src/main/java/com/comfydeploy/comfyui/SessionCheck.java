package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Says whether the session behind a url can still be used. Asked before each poll of a
 * wait, so that work on a session that is lost ends at once.
 *
 * @see ComfyUis#at(String, SessionCheck)
 */
@FunctionalInterface
public interface SessionCheck {

	/**
	 * Check the session.
	 * @return why it cannot be used any more, or {@code null} if it can
	 */
	@Nullable SessionEnd check();

	/**
	 * Return a check of a session that is not known.
	 * @return a check that never fails
	 */
	static SessionCheck none() {
		return () -> null;
	}

}
