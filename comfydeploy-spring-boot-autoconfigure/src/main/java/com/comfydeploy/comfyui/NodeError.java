package com.comfydeploy.comfyui;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Validation error of a node.
 *
 * @param nodeId the node's id
 * @param classType the type of the node, or {@code null} if it is not known
 * @param type ComfyUI's name for the error, such as {@code required_input_missing}
 * @param message ComfyUI's message
 * @param details a detail, such as the invalid input; possibly empty
 * @param inputName the name of the invalid input, or {@code null} if the error concerns
 * the whole node
 * @param dependentOutputs the outputs that depend on the node; immutable
 */
public record NodeError(String nodeId, @Nullable String classType, String type, String message, String details,
		@Nullable String inputName, List<String> dependentOutputs) {

	private static final int MAX_DETAILS = 200;

	/** Long lists of valid choices must leave space for the other errors. */
	String describe() {
		String details = (this.details.length() > MAX_DETAILS) ? this.details.substring(0, MAX_DETAILS) + "..."
				: this.details;
		return "node " + this.nodeId + ((this.classType != null) ? " (" + this.classType + ")" : "") + ": "
				+ this.message + (details.isEmpty() ? "" : " (" + details + ")");
	}

}
