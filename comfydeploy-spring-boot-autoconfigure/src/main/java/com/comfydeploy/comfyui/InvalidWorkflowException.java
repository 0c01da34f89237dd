package com.comfydeploy.comfyui;

import java.util.List;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Thrown if ComfyUI rejects a workflow, or some of its outputs. If it rejects only some
 * outputs, it queues the workflow with the others, under {@link #getPromptId()}. In this
 * case the client has asked ComfyUI to remove the workflow from the queue.
 */
public class InvalidWorkflowException extends ComfyUiException {

	private final String errorType;

	private final transient List<NodeError> nodeErrors;

	/**
	 * Create an exception.
	 * @param errorType the name that ComfyUI has for the error
	 * @param problem the error
	 * @param nodeErrors the errors of nodes, possibly empty
	 * @param operation the operation that failed
	 * @param promptId the id of the part that was queued, or {@code null}
	 * @param queued what happened to that part, or an empty text
	 */
	InvalidWorkflowException(String errorType, String problem, List<NodeError> nodeErrors, String operation,
			@Nullable String promptId, String queued) {
		super(message(problem, nodeErrors, operation) + queued, null, operation, 1, false, promptId);
		this.errorType = errorType;
		this.nodeErrors = List.copyOf(nodeErrors);
	}

	private static String message(String problem, List<NodeError> nodeErrors, String operation) {
		String nodes = nodeErrors.stream().map(NodeError::describe).collect(Collectors.joining("; "));
		return operation + " failed: " + problem + (nodes.isEmpty() ? "" : " - " + nodes);
	}

	/**
	 * Return ComfyUI's name for the error, such as
	 * {@code prompt_outputs_failed_validation} or {@code missing_node_type}.
	 * @return the name
	 */
	public String getErrorType() {
		return this.errorType;
	}

	/**
	 * Return the errors of nodes.
	 * @return an immutable list, empty if ComfyUI does not report any
	 */
	public List<NodeError> getNodeErrors() {
		return this.nodeErrors;
	}

}
