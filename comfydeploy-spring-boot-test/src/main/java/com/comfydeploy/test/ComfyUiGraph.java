package com.comfydeploy.test;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Workflow in the format of ComfyUI's API.
 *
 * @param json the nodes by their ids
 */
record ComfyUiGraph(Map<String, @Nullable Object> json) {

	private static final int DEFAULT_SIZE = 512;

	private static final int MAX_SIZE = 2048;

	/**
	 * Return a node, or {@code null} if there is none with the id.
	 */
	@Nullable Map<?, ?> node(String id) {
		return (this.json.get(id) instanceof Map<?, ?> node) ? node : null;
	}

	String classType(String id) {
		Map<?, ?> node = node(id);
		return (node != null) ? String.valueOf(node.get("class_type")) : "";
	}

	Map<?, ?> inputs(String id) {
		Map<?, ?> node = node(id);
		return (node != null && node.get("inputs") instanceof Map<?, ?> inputs) ? inputs : Map.of();
	}

	/** Return the node that an input is linked to, or {@code null} for a value. */
	static @Nullable String linked(@Nullable Object input) {
		return (input instanceof List<?> link && link.size() == 2 && link.get(1) instanceof Number)
				? String.valueOf(link.get(0)) : null;
	}

	/**
	 * Return the nodes that some outputs depend on, in an order in which they can run.
	 */
	List<String> order(List<String> outputs) {
		Set<String> order = new LinkedHashSet<>();
		outputs.forEach((output) -> visit(output, order, new LinkedHashSet<>()));
		return List.copyOf(order);
	}

	private void visit(String id, Set<String> order, Set<String> path) {
		if (order.contains(id) || !path.add(id)) {
			return;
		}
		for (Object input : inputs(id).values()) {
			String linked = linked(input);
			if (linked != null) {
				visit(linked, order, path);
			}
		}
		order.add(id);
	}

	/**
	 * Return the picture of an output node. It shows the text of the sampler's positive
	 * input, or else the first text that the node depends on.
	 */
	ComfyUiPicture picture(String output, int index) {
		List<String> order = order(List.of(output));
		String text = "";
		long seed = index;
		int width = DEFAULT_SIZE;
		int height = DEFAULT_SIZE;
		for (String id : order) {
			Map<?, ?> inputs = inputs(id);
			String own = text(id);
			text = text.isEmpty() ? own : text;
			String positive = linked(inputs.get("positive"));
			text = (positive != null && !text(positive).isEmpty()) ? text(positive) : text;
			seed += (inputs.get("seed") instanceof Number number) ? number.longValue() : 0;
			seed += (inputs.get("color") instanceof Number number) ? number.longValue() : 0;
			width = size(inputs.get("width"), width);
			height = size(inputs.get("height"), height);
		}
		return new ComfyUiPicture(text, seed, width, height);
	}

	/** Return the number of pictures that an output node saves. */
	int batchSize(String output) {
		int size = 1;
		for (String id : order(List.of(output))) {
			size = (inputs(id).get("batch_size") instanceof Number number) ? number.intValue() : size;
		}
		return Math.min(size, 64);
	}

	private String text(String id) {
		return (inputs(id).get("text") instanceof String text) ? text : "";
	}

	private static int size(@Nullable Object value, int otherwise) {
		return (value instanceof Number number) ? Math.max(1, Math.min(number.intValue(), MAX_SIZE)) : otherwise;
	}

	/** Return the ids of the output nodes, in the order of the workflow. */
	List<String> outputs() {
		List<String> outputs = new ArrayList<>();
		for (String id : this.json.keySet()) {
			ComfyUiNodeType type = ComfyUiNodeType.find(classType(id));
			if (type != null && type.isOutput()) {
				outputs.add(id);
			}
		}
		return outputs;
	}

}
