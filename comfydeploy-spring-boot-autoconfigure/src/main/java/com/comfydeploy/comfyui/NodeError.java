package com.comfydeploy.comfyui;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Why a node of a workflow did not validate.
 *
 * @param nodeId the node's id
 * @param classType what kind the node is of, or {@code null} if that is not known
 * @param type ComfyUI's name for what is wrong, such as {@code required_input_missing}
 * @param message what is wrong
 * @param details which input it is about, or another detail; empty where there is none
 * @param inputName the input, or {@code null} if it is about the node
 * @param dependentOutputs the outputs that cannot be made because of it; immutable
 */
public record NodeError(String nodeId, @Nullable String classType, String type, String message, String details,
		@Nullable String inputName, List<String> dependentOutputs) {

	String describe() {
		return "node " + this.nodeId + ((this.classType != null) ? " (" + this.classType + ")" : "") + ": "
				+ this.message + (this.details.isEmpty() ? "" : " (" + this.details + ")");
	}

}
