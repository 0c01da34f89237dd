package com.comfydeploy.test;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Accepted workflow.
 *
 * @param number the position in the order of all prompts, negative for the front of the
 * queue
 * @param id the id
 * @param graph the workflow
 * @param extra the {@code extra_data} of the request
 * @param outputs the ids of the valid output nodes
 * @param queuedAt the time at which it was accepted
 * @param fault the fault of its run, or {@code null}
 */
record ComfyUiPrompt(long number, String id, ComfyUiGraph graph, Map<String, @Nullable Object> extra,
		List<String> outputs, Instant queuedAt, FaultEffect.@Nullable Run fault) {

	/** Return the client that receives its progress, or {@code null}. */
	@Nullable String clientId() {
		return (this.extra.get("client_id") instanceof String clientId) ? clientId : null;
	}

	boolean has(FaultEffect.Run.Kind kind) {
		return this.fault != null && this.fault.kind() == kind;
	}

	/**
	 * Return its entry of the queue and of the history.
	 */
	List<Object> toJson() {
		return List.of(this.number, this.id, this.graph.json(), this.extra, this.outputs);
	}

	Map<String, @Nullable Object> toJob(String status) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", this.id);
		json.put("status", status);
		json.put("priority", this.number);
		json.put("create_time", this.queuedAt.toEpochMilli());
		json.put("outputs_count", 0);
		json.put("previewable_outputs_count", 0);
		return json;
	}

}
