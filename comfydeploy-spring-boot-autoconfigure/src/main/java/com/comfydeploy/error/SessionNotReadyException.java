package com.comfydeploy.error;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A session was not ready in time. It may become so later, and it goes on costing money:
 * cancel it, or wait again.
 */
public class SessionNotReadyException extends ComfyDeployException {

	private final String sessionId;

	/**
	 * Create an exception.
	 * @param sessionId the session's id
	 * @param timeout how long it was waited for
	 * @param cause why the last look at the session failed, or {@code null} if it did not
	 * @param attempts the number of attempts of the last look
	 */
	public SessionNotReadyException(String sessionId, Duration timeout, @Nullable Throwable cause, int attempts) {
		this(sessionId, "Session " + sessionId + " was not ready within " + timeout
				+ ". It is running and costs money: wait again, or cancel it", cause, attempts);
	}

	/**
	 * Create an exception with a message of its own.
	 * @param sessionId the session's id
	 * @param message what happened and what to do next
	 * @param cause why the last look at the session failed, or {@code null} if it did not
	 * @param attempts the number of attempts of the last look
	 */
	public SessionNotReadyException(String sessionId, String message, @Nullable Throwable cause, int attempts) {
		super(message, cause, "get", attempts, false);
		this.sessionId = sessionId;
	}

	/**
	 * Return the session that was not ready.
	 * @return the session's id
	 */
	public String getSessionId() {
		return this.sessionId;
	}

}
