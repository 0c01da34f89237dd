package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if a session has ended while it was in use.
 */
public class SessionEndedException extends ComfyUiException {

	private final String sessionId;

	/**
	 * Create an exception.
	 * @param end the end of the session, whose failure is the cause
	 * @param operation the operation that failed
	 * @param outcomeUnknown whether a workflow may have been submitted
	 * @param promptId the prompt's id, or {@code null}
	 */
	SessionEndedException(SessionEnd end, String operation, boolean outcomeUnknown, @Nullable String promptId) {
		super(operation + " failed: session " + end.sessionId() + " has ended: " + end.reason()
				+ ((promptId != null) ? ". Prompt " + promptId + " has ended with it" : ""), end.failure(), operation,
				0, outcomeUnknown, promptId);
		this.sessionId = end.sessionId();
	}

	/**
	 * Return the session's id.
	 * @return the id
	 */
	public String getSessionId() {
		return this.sessionId;
	}

}
