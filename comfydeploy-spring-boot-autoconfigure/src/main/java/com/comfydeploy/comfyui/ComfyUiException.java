package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployException;

/**
 * Base of everything that a call to a session's ComfyUI can throw once its arguments have
 * been accepted. No message has the session's url, which is a key to the machine.
 */
public abstract class ComfyUiException extends ComfyDeployException {

	private final @Nullable String promptId;

	/**
	 * Create an exception.
	 * @param message what happened and what to do next, cut at 1,000 characters
	 * @param cause the cause, or {@code null}
	 * @param operation the operation that failed, such as {@code comfyui-run}
	 * @param attempts the number of requests of the last step, the first included
	 * @param outcomeUnknown whether something may have been carried out all the same
	 * @param promptId the id under which the workflow was submitted, or {@code null}
	 */
	protected ComfyUiException(String message, @Nullable Throwable cause, String operation, int attempts,
			boolean outcomeUnknown, @Nullable String promptId) {
		super(message, cause, operation, attempts, outcomeUnknown);
		this.promptId = promptId;
	}

	/**
	 * Whether the loss of the session may be the reason.
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
	 * @return the id, or {@code null} if the failure is not about a workflow that was
	 */
	public @Nullable String getPromptId() {
		return this.promptId;
	}

}
