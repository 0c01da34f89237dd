package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployException;

/**
 * Base class for exceptions thrown by calls to a session's ComfyUI. No message contains
 * the session's URL, which gives access to the machine.
 */
public abstract class ComfyUiException extends ComfyDeployException {

	private final @Nullable String promptId;

	/**
	 * Create an exception.
	 * @param message what happened and what to do next, truncated to 1,000 characters
	 * @param cause the cause, or {@code null}
	 * @param operation the operation that failed, such as {@code comfyui-run}
	 * @param attempts the number of attempts of the last request, including the first
	 * @param outcomeUnknown whether ComfyUI may have processed the request
	 * @param promptId the id under which the workflow was submitted, or {@code null}
	 */
	protected ComfyUiException(String message, @Nullable Throwable cause, String operation, int attempts,
			boolean outcomeUnknown, @Nullable String promptId) {
		super(message, cause, operation, attempts, outcomeUnknown);
		this.promptId = promptId;
	}

	/**
	 * Return whether the loss of the session can be the cause.
	 */
	boolean mayBeLostSession() {
		return false;
	}

	/**
	 * Return the operation that failed: {@code comfyui-run}, {@code comfyui-submit},
	 * {@code comfyui-await}, {@code comfyui-interrupt}, {@code comfyui-upload},
	 * {@code comfyui-read}, {@code comfyui-stats} or {@code comfyui-free}.
	 * @return the name of the operation
	 */
	@Override
	public String getOperation() {
		return super.getOperation();
	}

	/**
	 * Return the id under which the workflow was submitted.
	 * @return the id, or {@code null} if no workflow was submitted
	 */
	public @Nullable String getPromptId() {
		return this.promptId;
	}

}
