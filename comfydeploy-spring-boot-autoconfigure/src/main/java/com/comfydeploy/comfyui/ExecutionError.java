package com.comfydeploy.comfyui;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Error of a node that failed.
 *
 * @param nodeId the node's id
 * @param nodeType its type
 * @param exceptionType the type of the exception in Python
 * @param exceptionMessage its message
 */
record ExecutionError(@Nullable String nodeId, @Nullable String nodeType, @Nullable String exceptionType,
		@Nullable String exceptionMessage) {

	static ExecutionError of(Map<String, Object> data) {
		String message = JsonValues.text(data.get("exception_message"));
		return new ExecutionError(JsonValues.text(data.get("node_id")), JsonValues.text(data.get("node_type")),
				JsonValues.text(data.get("exception_type")), (message != null) ? message.strip() : null);
	}

	String describe() {
		if (this.nodeId == null && this.exceptionMessage == null) {
			return "and ComfyUI does not say why";
		}
		return "at node " + this.nodeId + " (" + this.nodeType + "): " + this.exceptionMessage + " ("
				+ this.exceptionType + ")";
	}

}
