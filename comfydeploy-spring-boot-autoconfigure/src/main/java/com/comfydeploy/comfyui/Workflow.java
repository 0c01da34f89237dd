package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.Resource;
import org.springframework.util.Assert;

import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * A workflow in the format of ComfyUI's API: nodes by their ids, each with its
 * {@code class_type} and its {@code inputs}. Immutable.
 *
 * <pre class="code">
 * Workflow workflow = Workflow.of(new ClassPathResource("portrait.json"))
 *     .input("6", "text", "a lighthouse at dusk")
 *     .input("KSampler", "seed", 42);
 * </pre>
 *
 * To export a workflow from ComfyUI's editor, select "Workflow", then "Export (API)".
 *
 * @see <a href=
 * "https://docs.comfy.org/development/comfyui-server/comms_routes">ComfyUI's routes</a>
 */
public final class Workflow {

	private static final String HOW_TO_EXPORT = "export it from ComfyUI by 'Workflow' > 'Export (API)'"
			+ " (older versions: enable the dev mode options, then 'Save (API Format)')";

	private final Map<String, Object> nodes;

	private Workflow(Map<String, Object> nodes) {
		this.nodes = nodes;
	}

	/**
	 * Read a workflow.
	 * @param json the workflow as ComfyUI exports it for its API
	 * @return the workflow
	 * @throws IllegalArgumentException if it is not JSON, has no nodes, or is in the
	 * format of ComfyUI's editor
	 */
	public static Workflow of(String json) {
		Assert.hasText(json, "json must not be blank");
		return read(json.getBytes(StandardCharsets.UTF_8), "The workflow",
				". If the text is the name of a file, pass a Resource instead");
	}

	/**
	 * Read a workflow from a resource.
	 * @param json the workflow as ComfyUI exports it for its API, in UTF-8
	 * @return the workflow
	 * @throws IllegalArgumentException if it is not JSON, has no nodes, or is in the
	 * format of ComfyUI's editor
	 * @throws UncheckedIOException if the resource cannot be read
	 */
	public static Workflow of(Resource json) {
		Assert.notNull(json, "json must not be null");
		try (InputStream input = json.getInputStream()) {
			return read(input.readAllBytes(), "The workflow in " + json.getDescription(),
					". It must be in UTF-8, without comments");
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read the workflow from " + json.getDescription(), ex);
		}
	}

	private static Workflow read(byte[] json, String source, String advice) {
		Object value;
		try {
			value = ComfyUiJson.read(json);
		}
		catch (UnreadableJsonException ex) {
			throw new IllegalArgumentException(source + " is not JSON: " + ex.getMessage() + advice);
		}
		if (!(value instanceof Map<?, ?> nodes)) {
			throw new IllegalArgumentException("A workflow must be a JSON object: " + HOW_TO_EXPORT);
		}
		if (nodes.get("nodes") instanceof List<?>) {
			throw new IllegalArgumentException(
					"The workflow is in the format of ComfyUI's editor (nodes and links), which its API does not accept: "
							+ HOW_TO_EXPORT);
		}
		Assert.notEmpty(nodes, "A workflow must have nodes");
		Map<String, Object> copy = new LinkedHashMap<>();
		nodes.forEach((id, node) -> copy.put(String.valueOf(id), node(String.valueOf(id), node)));
		return new Workflow(Collections.unmodifiableMap(copy));
	}

	private static Object node(String id, @Nullable Object node) {
		if (node instanceof Map<?, ?> map && map.get("class_type") instanceof String) {
			return JsonValues.immutable(map);
		}
		throw new IllegalArgumentException(
				"Node '" + id + "' must be an object with a 'class_type'. If this is not a workflow for ComfyUI's API: "
						+ HOW_TO_EXPORT);
	}

	/**
	 * Return a copy of this workflow in which an input of a node has another value. If
	 * the node does not have the input, it is added, because an export omits optional
	 * inputs. ComfyUI ignores inputs with unknown names.
	 * @param node the node's id, or its title if the title is unique
	 * @param name the input's name
	 * @param value a text, number, boolean, list, map or {@link UploadedFile}. A list is
	 * a link: {@code List.of("4", 0)} is the first output of node 4. For a list of
	 * values, pass {@code Map.of("__value__", list)}
	 * @return a workflow with that input
	 * @throws IllegalArgumentException if there is no such node, several nodes have the
	 * title, or JSON cannot represent the value
	 */
	public Workflow input(String node, String name, Object value) {
		Assert.hasText(node, "node must not be blank");
		Assert.hasText(name, "name must not be blank");
		String id = resolve(node);
		Map<String, Object> changedNode = new LinkedHashMap<>(JsonValues.object(this.nodes.get(id)));
		Map<String, Object> inputs = new LinkedHashMap<>(JsonValues.object(changedNode.get("inputs")));
		inputs.put(name, (value instanceof UploadedFile file) ? file.inputValue() : JsonValues.valid(name, value));
		changedNode.put("inputs", Collections.unmodifiableMap(inputs));
		Map<String, Object> changed = new LinkedHashMap<>(this.nodes);
		changed.put(id, Collections.unmodifiableMap(changedNode));
		return new Workflow(Collections.unmodifiableMap(changed));
	}

	private String resolve(String node) {
		if (this.nodes.containsKey(node)) {
			return node;
		}
		List<String> titled = this.nodes.keySet().stream().filter((id) -> node.equals(title(id))).toList();
		if (titled.size() == 1) {
			return titled.get(0);
		}
		throw new IllegalArgumentException(
				titled.isEmpty() ? "There is no node with the id or title '" + node + "'. There are " + describeNodes()
						: "The nodes " + titled + " have the title '" + node + "': use an id");
	}

	private String describeNodes() {
		return this.nodes.keySet().stream().limit(50).map((id) -> {
			String title = title(id);
			return id + " (" + ((title != null) ? title : classType(id)) + ")";
		}).collect(Collectors.joining(", "));
	}

	private @Nullable String title(String id) {
		Object title = JsonValues.object(JsonValues.object(this.nodes.get(id)).get("_meta")).get("title");
		return (title instanceof String text) ? text : null;
	}

	/**
	 * Return the type of a node.
	 * @param id the node's id
	 * @return the {@code class_type}
	 */
	String classType(String id) {
		return String.valueOf(JsonValues.object(this.nodes.get(id)).get("class_type"));
	}

	/**
	 * Return the number of nodes.
	 * @return the number, at least 1
	 */
	int size() {
		return this.nodes.size();
	}

	/**
	 * Return the nodes as in the JSON.
	 * @return an immutable map, by id
	 */
	Map<String, Object> nodes() {
		return this.nodes;
	}

	/**
	 * Return the workflow in the format of ComfyUI's API.
	 * @return the JSON
	 */
	public String toJson() {
		return new String(ComfyUiJson.write(this.nodes), StandardCharsets.UTF_8);
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof Workflow workflow && this.nodes.equals(workflow.nodes);
	}

	@Override
	public int hashCode() {
		return this.nodes.hashCode();
	}

	/**
	 * Return a description with the number of nodes. It omits their inputs, which may be
	 * long or private.
	 */
	@Override
	public String toString() {
		return "Workflow[" + this.nodes.size() + " nodes]";
	}

}
