package com.comfydeploy.error;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Thrown when a session does not become ready in time. It may become ready later, and it
 * continues to cost money: cancel it, or wait again.
 */
public class SessionNotReadyException extends ComfyDeployException {

	private final String sessionId;

	/**
	 * Create an exception.
	 * @param sessionId the session's id
	 * @param timeout the time limit that has passed
	 * @param cause the failure of the last poll, or {@code null} if it succeeded
	 * @param attempts the number of attempts of the last poll
	 */
	public SessionNotReadyException(String sessionId, Duration timeout, @Nullable Throwable cause, int attempts) {
		this(sessionId,
				"Session " + sessionId + " was not ready within "
						+ DurationFormatterUtils.print(timeout, DurationFormat.Style.COMPOSITE)
						+ ". It is running and costs money: wait again, or cancel it",
				cause, attempts);
	}

	/**
	 * Create an exception with a custom message.
	 * @param sessionId the session's id
	 * @param message what happened and what to do next
	 * @param cause the failure of the last poll, or {@code null} if it succeeded
	 * @param attempts the number of attempts of the last poll
	 */
	public SessionNotReadyException(String sessionId, String message, @Nullable Throwable cause, int attempts) {
		super(message, cause, "get", attempts, false);
		this.sessionId = sessionId;
	}

	/**
	 * Return the id of the session that is not ready.
	 * @return the session's id
	 */
	public String getSessionId() {
		return this.sessionId;
	}

}
