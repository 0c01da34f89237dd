package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * There was no usable response from a session's ComfyUI: it could not be reached, its
 * response had another status or was unreadable, or the thread was interrupted. An
 * interrupted thread has its interrupt flag set again.
 */
public class ComfyUiUnavailableException extends ComfyUiException {

	private final @Nullable Integer statusCode;

	/**
	 * Create an exception.
	 * @param message what happened and what to do next
	 * @param cause the cause, or {@code null}
	 * @param statusCode the HTTP status code, or {@code null} if there was no response
	 * @param operation the operation that failed
	 * @param attempts the number of attempts
	 * @param outcomeUnknown whether something may have been carried out all the same
	 * @param promptId the prompt's id, or {@code null}
	 */
	ComfyUiUnavailableException(String message, @Nullable Throwable cause, @Nullable Integer statusCode,
			String operation, int attempts, boolean outcomeUnknown, @Nullable String promptId) {
		super(message, cause, operation, attempts, outcomeUnknown, promptId);
		this.statusCode = statusCode;
	}

	/** A 404 may be that of a gateway. */
	@Override
	boolean mayBeLostSession() {
		return this.statusCode == null || this.statusCode == 404 || this.statusCode >= 500;
	}

	/**
	 * Return the HTTP status code.
	 * @return the status code, or {@code null} if there was no response
	 */
	public @Nullable Integer getStatusCode() {
		return this.statusCode;
	}

}
