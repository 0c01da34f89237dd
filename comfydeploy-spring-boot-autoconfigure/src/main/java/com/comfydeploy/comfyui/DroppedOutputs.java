package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * Finds the outputs of a workflow that did not validate, where the response that lists
 * them was lost: ComfyUI queues a prompt without them.
 */
final class DroppedOutputs {

	private final ComfyUiHttp http;

	DroppedOutputs(ComfyUiHttp http) {
		this.http = http;
	}

	/**
	 * Find the outputs that ComfyUI dropped.
	 * @param queued the output nodes that were queued
	 * @return an error for each output that is not among them
	 * @throws RequestFailure if ComfyUI does not say which nodes are outputs
	 */
	List<NodeError> find(ComfyUiCall call, Workflow workflow, List<String> queued) throws InterruptedException {
		Map<String, Boolean> outputTypes = new HashMap<>();
		queued.forEach((nodeId) -> outputTypes.put(workflow.classType(nodeId), true));
		List<NodeError> dropped = new ArrayList<>();
		for (String nodeId : workflow.nodes().keySet()) {
			String classType = workflow.classType(nodeId);
			if (queued.contains(nodeId)) {
				continue;
			}
			if (!outputTypes.containsKey(classType)) {
				outputTypes.put(classType, isOutputType(call, classType));
			}
			if (Boolean.TRUE.equals(outputTypes.get(classType))) {
				dropped.add(new NodeError(nodeId, classType, "output_dropped",
						"the output did not validate, and the response with the reason was lost: submit the workflow "
								+ "again to receive it",
						"", null, List.of(nodeId)));
			}
		}
		return dropped;
	}

	private boolean isOutputType(ComfyUiCall call, String classType) throws InterruptedException {
		TransportResponse response = this.http.sendRepeatedly(call,
				() -> this.http.get(call, "/object_info/" + ComfyUiUrl.segment(classType)));
		return Boolean.TRUE.equals(JsonValues.object(ComfyUiHttp.json(response).get(classType)).get("output_node"));
	}

}
