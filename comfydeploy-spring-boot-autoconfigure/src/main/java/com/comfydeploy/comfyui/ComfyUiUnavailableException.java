package com.comfydeploy.comfyui;

import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if there is no usable response from a session's ComfyUI: it cannot be reached,
 * its response has an unexpected status or is unreadable, or the thread was interrupted.
 * If the thread was interrupted, its interrupt flag is set.
 */
public class ComfyUiUnavailableException extends ComfyUiException {

	private static final Set<Integer> STATUS_CODES_OF_COMFYUI = Set.of(400, 413, 429);

	private final @Nullable Integer statusCode;

	/**
	 * Create an exception.
	 * @param message what happened and what to do next
	 * @param cause the cause, or {@code null}
	 * @param statusCode the HTTP status code, or {@code null} if there was no response
	 * @param operation the operation that failed
	 * @param attempts the number of attempts
	 * @param outcomeUnknown whether ComfyUI may have processed the request
	 * @param promptId the prompt's id, or {@code null}
	 */
	ComfyUiUnavailableException(String message, @Nullable Throwable cause, @Nullable Integer statusCode,
			String operation, int attempts, boolean outcomeUnknown, @Nullable String promptId) {
		super(message, cause, operation, attempts, outcomeUnknown, promptId);
		this.statusCode = statusCode;
	}

	/**
	 * For a lost session, a gateway may respond with any other status, or with a page.
	 */
	@Override
	boolean mayBeLostSession() {
		return this.statusCode == null || !STATUS_CODES_OF_COMFYUI.contains(this.statusCode);
	}

	/**
	 * Return the HTTP status code.
	 * @return the status code, or {@code null} if there was no response
	 */
	public @Nullable Integer getStatusCode() {
		return this.statusCode;
	}

}
