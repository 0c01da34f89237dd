package com.comfydeploy.comfyui;

/**
 * Thrown if a workflow was interrupted while it was running. Anyone who knows the
 * session's URL can interrupt it.
 */
public class WorkflowInterruptedException extends ComfyUiException {

	private final transient ComfyUiResult partialResult;

	/**
	 * Create an exception.
	 * @param partialResult the outputs of the nodes that had finished
	 * @param operation the operation that failed
	 */
	WorkflowInterruptedException(ComfyUiResult partialResult, String operation) {
		super(operation + " failed: prompt " + partialResult.promptId() + " was interrupted", null, operation, 1, false,
				partialResult.promptId());
		this.partialResult = partialResult;
	}

	/**
	 * Return the outputs from before the interrupt.
	 * @return the outputs of the nodes that had finished
	 */
	public ComfyUiResult getPartialResult() {
		return this.partialResult;
	}

}
