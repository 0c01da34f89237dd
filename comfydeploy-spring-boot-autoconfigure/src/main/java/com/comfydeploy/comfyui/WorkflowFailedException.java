package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if a workflow failed while it was running.
 */
public class WorkflowFailedException extends ComfyUiException {

	private final @Nullable String nodeId;

	private final @Nullable String nodeType;

	private final @Nullable String exceptionType;

	private final @Nullable String exceptionMessage;

	private final transient ComfyUiResult partialResult;

	/**
	 * Create an exception.
	 * @param error the error that ComfyUI reported
	 * @param partialResult the outputs of the nodes that had finished
	 * @param operation the operation that failed
	 */
	WorkflowFailedException(ExecutionError error, ComfyUiResult partialResult, String operation) {
		super(operation + " failed: prompt " + partialResult.promptId() + " failed " + error.describe(), null,
				operation, 1, false, partialResult.promptId());
		this.nodeId = error.nodeId();
		this.nodeType = error.nodeType();
		this.exceptionType = error.exceptionType();
		this.exceptionMessage = error.exceptionMessage();
		this.partialResult = partialResult;
	}

	/**
	 * Return the node that failed.
	 * @return the node's id, or {@code null} if ComfyUI does not say
	 */
	public @Nullable String getNodeId() {
		return this.nodeId;
	}

	/**
	 * Return the type of the node that failed.
	 * @return the {@code class_type}, or {@code null} if ComfyUI does not say
	 */
	public @Nullable String getNodeType() {
		return this.nodeType;
	}

	/**
	 * Return the type of the exception in Python, such as {@code torch.OutOfMemoryError}.
	 * @return the type, or {@code null} if ComfyUI does not say
	 */
	public @Nullable String getExceptionType() {
		return this.exceptionType;
	}

	/**
	 * Return the message of the exception in Python.
	 * @return the message, or {@code null} if ComfyUI does not say
	 */
	public @Nullable String getExceptionMessage() {
		return this.exceptionMessage;
	}

	/**
	 * Return the outputs from before the failure.
	 * @return the outputs of the nodes that had finished
	 */
	public ComfyUiResult getPartialResult() {
		return this.partialResult;
	}

}
