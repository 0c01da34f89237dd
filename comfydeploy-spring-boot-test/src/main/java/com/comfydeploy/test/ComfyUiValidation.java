package com.comfydeploy.test;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Validation of a workflow: the valid outputs, and the errors of the others in the words
 * of the server.
 */
final class ComfyUiValidation {

	private final ComfyUiGraph graph;

	private final ComfyUiVersion version;

	private final ComfyUiFiles files;

	private final Map<String, List<Object>> errors = new LinkedHashMap<>();

	private final Map<String, Set<String>> dependentOutputs = new LinkedHashMap<>();

	private final List<String> goodOutputs = new ArrayList<>();

	ComfyUiValidation(ComfyUiGraph graph, ComfyUiVersion version, ComfyUiFiles files) {
		this.graph = graph;
		this.version = version;
		this.files = files;
	}

	/**
	 * Validate the workflow.
	 * @return the response if there is no valid output, else {@code null}
	 */
	@Nullable FakeResponse rejection() {
		for (String id : this.graph.json().keySet()) {
			Map<?, ?> node = this.graph.node(id);
			if (node == null) {
				return internalError();
			}
			if (ComfyUiNodeType.find(node.get("class_type")) == null) {
				return rejection(unknownNode(id, node.get("class_type")), Map.of());
			}
		}
		List<String> outputs = this.graph.outputs();
		if (outputs.isEmpty()) {
			return rejection(error("prompt_no_outputs", "Prompt has no outputs", "", Map.of()), Map.of());
		}
		outputs.forEach(this::validateOutput);
		if (this.goodOutputs.isEmpty()) {
			return rejection(
					error("prompt_outputs_failed_validation", "Prompt outputs failed validation", "", Map.of()),
					nodeErrors());
		}
		return null;
	}

	/**
	 * Return the valid outputs.
	 */
	List<String> goodOutputs() {
		return this.goodOutputs;
	}

	/**
	 * Return the errors of the other outputs, by node.
	 */
	Map<String, Object> nodeErrors() {
		Map<String, Object> json = new LinkedHashMap<>();
		this.errors.forEach((id, errors) -> {
			Map<String, Object> node = new LinkedHashMap<>();
			node.put("errors", errors);
			node.put("dependent_outputs", List.copyOf(dependentOutputs(id)));
			node.put("class_type", this.graph.classType(id));
			json.put(id, node);
		});
		return json;
	}

	static FakeResponse internalError() {
		return FakeResponse.text(500, "500 Internal Server Error\n\nServer got itself in trouble");
	}

	static FakeResponse rejection(Map<String, Object> error, Map<String, Object> nodeErrors) {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("error", error);
		json.put("node_errors", nodeErrors);
		return FakeResponse.json(400, json);
	}

	static Map<String, Object> error(String type, String message, String details, Map<String, ?> extraInfo) {
		Map<String, Object> error = new LinkedHashMap<>();
		error.put("type", type);
		error.put("message", message);
		error.put("details", details);
		error.put("extra_info", extraInfo);
		return error;
	}

	private Map<String, Object> unknownNode(String id, @Nullable Object classType) {
		String details = "Node ID '#" + id + "'";
		if (!this.version.isStrict()) {
			return error("invalid_prompt",
					(classType != null) ? "Cannot execute because node " + classType + " does not exist."
							: "Cannot execute because a node is missing the class_type property.",
					details, Map.of());
		}
		Map<String, @Nullable Object> extraInfo = new LinkedHashMap<>();
		extraInfo.put("node_id", id);
		extraInfo.put("class_type", classType);
		extraInfo.put("node_title", classType);
		return error("missing_node_type",
				(classType != null) ? "Node '" + classType + "' not found. The custom node may not be installed."
						: "Node 'ID #" + id + "' has no class_type. The workflow may be corrupted or a custom node is "
								+ "missing.",
				details, extraInfo);
	}

	private void validateOutput(String output) {
		Set<String> wrong = new LinkedHashSet<>();
		validate(output, new ArrayList<>(), new LinkedHashSet<>(), wrong);
		wrong.forEach((id) -> dependentOutputs(id).add(output));
		if (wrong.isEmpty()) {
			this.goodOutputs.add(output);
		}
	}

	private void validate(String id, List<String> path, Set<String> seen, Set<String> wrong) {
		if (path.contains(id)) {
			if (this.version.isStrict()) {
				add(id, error("dependency_cycle", "Dependency cycle detected", String.join(" -> ", path) + " -> " + id,
						Map.of("node_id", id, "cycle_nodes", List.copyOf(path))), wrong);
			}
			else {
				wrong.add(id);
			}
			return;
		}
		if (!seen.add(id)) {
			return;
		}
		ComfyUiNodeType type = ComfyUiNodeType.find(this.graph.classType(id));
		if (type == null) {
			return;
		}
		path.add(id);
		for (ComfyUiNodeType.Input input : type.inputs()) {
			validateInput(id, input, path, seen, wrong);
		}
		path.remove(id);
	}

	private void validateInput(String id, ComfyUiNodeType.Input input, List<String> path, Set<String> seen,
			Set<String> wrong) {
		Map<?, ?> inputs = this.graph.inputs(id);
		if (!inputs.containsKey(input.name())) {
			add(id, error("required_input_missing", "Required input is missing", input.name(),
					Map.of("input_name", input.name())), wrong);
			return;
		}
		Object value = inputs.get(input.name());
		if (value instanceof List<?>) {
			validateLink(id, input, value, path, seen, wrong);
		}
		else {
			Map<String, Object> error = validateValue(input, value);
			if (error != null) {
				add(id, error, wrong);
			}
		}
	}

	private void validateLink(String id, ComfyUiNodeType.Input input, Object value, List<String> path, Set<String> seen,
			Set<String> wrong) {
		String linked = ComfyUiGraph.linked(value);
		if (linked == null) {
			add(id, error("bad_linked_input", "Bad linked input, must be a length-2 list of [node_id, slot_index]",
					input.name(), extraInfo(input, value)), wrong);
			return;
		}
		ComfyUiNodeType type = ComfyUiNodeType.find(this.graph.classType(linked));
		int slot = ((Number) ((List<?>) value).get(1)).intValue();
		if (type == null) {
			add(id, validationException("KeyError", "'" + linked + "'"), wrong);
			return;
		}
		if (slot < 0 || slot >= type.returns().size()) {
			add(id, validationException("IndexError", "tuple index out of range"), wrong);
			return;
		}
		String returned = type.returns().get(slot);
		if (!returned.equals(input.type())) {
			add(id, error("return_type_mismatch", "Return type mismatch between linked nodes",
					input.name() + ", received_type(" + returned + ") mismatch input_type(" + input.type() + ")",
					extraInfo(input, value)), wrong);
			return;
		}
		validate(linked, path, seen, wrong);
	}

	private static Map<String, Object> validationException(String type, String details) {
		return error("exception_during_validation", "Exception when validating node", details,
				Map.of("exception_type", type, "traceback", List.of()));
	}

	private @Nullable Map<String, Object> validateValue(ComfyUiNodeType.Input input, @Nullable Object value) {
		List<String> choices = input.choices();
		if (choices != null && !choices.contains(String.valueOf(value))) {
			return error("value_not_in_list", "Value not in list", input.name() + ": '" + value + "' not in " + choices,
					extraInfo(input, value));
		}
		if (input.type().equals("FILE") && !this.files.contains(file(String.valueOf(value)))) {
			return error("custom_validation_failed", "Custom validation failed for node",
					input.name() + " - Invalid image file: " + value, Map.of("input_name", input.name()));
		}
		Long min = input.min();
		Long max = input.max();
		if (min == null || max == null) {
			return null;
		}
		BigDecimal number = number(value);
		if (number == null) {
			return error("invalid_input_type", "Failed to convert an input value to a " + input.type() + " value",
					input.name() + ", " + value + ", invalid literal: '" + value + "'", extraInfo(input, value));
		}
		if (number.compareTo(BigDecimal.valueOf(min)) < 0) {
			return error("value_smaller_than_min", "Value " + value + " smaller than min of " + min, input.name(),
					extraInfo(input, value));
		}
		if (number.compareTo(BigDecimal.valueOf(max)) > 0) {
			return error("value_bigger_than_max", "Value " + value + " bigger than max of " + max, input.name(),
					extraInfo(input, value));
		}
		return null;
	}

	static ComfyUiFiles.Name file(String value) {
		int slash = value.lastIndexOf('/');
		return new ComfyUiFiles.Name(value.substring(slash + 1), (slash < 0) ? "" : value.substring(0, slash),
				ComfyUiFiles.INPUT);
	}

	private static @Nullable BigDecimal number(@Nullable Object value) {
		try {
			return new BigDecimal(String.valueOf(value));
		}
		catch (NumberFormatException ex) {
			return null;
		}
	}

	private static Map<String, @Nullable Object> extraInfo(ComfyUiNodeType.Input input, @Nullable Object value) {
		Map<String, @Nullable Object> extraInfo = new LinkedHashMap<>();
		extraInfo.put("input_name", input.name());
		extraInfo.put("input_config", input.config());
		extraInfo.put("received_value", value);
		return extraInfo;
	}

	private void add(String id, Map<String, Object> error, Set<String> wrong) {
		List<Object> errors = this.errors.computeIfAbsent(id, (node) -> new ArrayList<>());
		if (!errors.contains(error)) {
			errors.add(error);
		}
		wrong.add(id);
	}

	private Set<String> dependentOutputs(String id) {
		return this.dependentOutputs.computeIfAbsent(id, (node) -> new LinkedHashSet<>());
	}

}
