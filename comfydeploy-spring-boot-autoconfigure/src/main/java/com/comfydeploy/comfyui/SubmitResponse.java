package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * A response to {@code POST /prompt}, a 200 or a 400.
 *
 * @param promptId the id that ComfyUI gave the prompt, or {@code null} if it was rejected
 * @param errorType ComfyUI's name for the error, or {@code null}
 * @param errorMessage ComfyUI's message, or {@code null}
 * @param nodeErrors the errors of nodes
 */
record SubmitResponse(@Nullable String promptId, @Nullable String errorType, @Nullable String errorMessage,
		List<NodeError> nodeErrors) {

	static SubmitResponse of(Map<String, Object> json) {
		Map<String, Object> error = JsonValues.object(json.get("error"));
		// Older versions return a text
		String text = JsonValues.text(json.get("error"));
		return new SubmitResponse(JsonValues.text(json.get("prompt_id")), JsonValues.text(error.get("type")),
				(text != null) ? text : message(error), nodeErrors(JsonValues.object(json.get("node_errors"))));
	}

	private static @Nullable String message(Map<String, Object> error) {
		String message = JsonValues.text(error.get("message"));
		String details = JsonValues.textOrEmpty(error.get("details"));
		boolean detailed = message != null && !details.isEmpty() && !details.equals(message);
		return detailed ? message + " (" + details + ")" : message;
	}

	private static List<NodeError> nodeErrors(Map<String, Object> nodes) {
		List<NodeError> nodeErrors = new ArrayList<>();
		nodes.forEach((nodeId, node) -> {
			Map<String, Object> json = JsonValues.object(node);
			String classType = JsonValues.text(json.get("class_type"));
			List<String> outputs = JsonValues.list(json.get("dependent_outputs"))
				.stream()
				.filter(Objects::nonNull)
				.map(String::valueOf)
				.toList();
			List<?> errors = JsonValues.list(json.get("errors"));
			if (errors.isEmpty()) {
				nodeErrors.add(new NodeError(nodeId, classType, "output_dropped",
						"the node did not validate, and ComfyUI gives no reason", "", null, outputs));
			}
			errors.forEach((error) -> nodeErrors.add(nodeError(nodeId, classType, outputs, JsonValues.object(error))));
		});
		return List.copyOf(nodeErrors);
	}

	private static NodeError nodeError(String nodeId, @Nullable String classType, List<String> outputs,
			Map<String, Object> error) {
		return new NodeError(nodeId, classType, JsonValues.textOrEmpty(error.get("type")),
				JsonValues.textOrEmpty(error.get("message")), JsonValues.textOrEmpty(error.get("details")),
				JsonValues.text(JsonValues.object(error.get("extra_info")).get("input_name")), outputs);
	}

}
