package com.comfydeploy.comfyui;

/**
 * A workflow was interrupted while it ran, by somebody who may do so: whoever knows the
 * session's url.
 */
public class WorkflowInterruptedException extends ComfyUiException {

	private final transient ComfyUiResult partialResult;

	/**
	 * Create an exception.
	 * @param partialResult what was made before
	 * @param operation the operation that failed
	 */
	WorkflowInterruptedException(ComfyUiResult partialResult, String operation) {
		super(operation + " failed: prompt " + partialResult.promptId() + " was interrupted", null, operation, 1, false,
				partialResult.promptId());
		this.partialResult = partialResult;
	}

	/**
	 * Return what was made before the interrupt.
	 * @return the outputs of the nodes that had finished
	 */
	public ComfyUiResult getPartialResult() {
		return this.partialResult;
	}

}
