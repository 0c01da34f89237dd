package com.comfydeploy.comfyui;

/**
 * Thrown if ComfyUI no longer knows a workflow that it had accepted: ComfyUI was
 * restarted, or the workflow was deleted from the queue or the history, which keeps at
 * most 10,000 entries.
 */
public class WorkflowLostException extends ComfyUiException {

	/**
	 * Create an exception.
	 * @param promptId the prompt's id
	 * @param operation the operation that failed
	 */
	WorkflowLostException(String promptId, String operation) {
		super(operation + " failed: ComfyUI no longer has prompt " + promptId
				+ ": it was restarted, or the prompt was deleted. Submit the workflow again", null, operation, 1, false,
				promptId);
	}

	@Override
	boolean mayBeLostSession() {
		return true;
	}

}
