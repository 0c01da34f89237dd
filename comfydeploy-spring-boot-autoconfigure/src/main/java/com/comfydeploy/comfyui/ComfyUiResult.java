package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Outputs of a workflow.
 *
 * @param promptId the id under which ComfyUI ran the workflow
 * @param outputs all outputs as ComfyUI reports them, by node and key, including files;
 * immutable, possibly empty
 * @param files the output files, both saved files and previews; immutable
 */
public record ComfyUiResult(String promptId, Map<String, Object> outputs, List<OutputFile> files) {

	/**
	 * Read the outputs of a prompt.
	 * @param outputs the outputs by node
	 */
	static ComfyUiResult of(String promptId, Map<String, Object> outputs) {
		List<OutputFile> files = new ArrayList<>();
		outputs.forEach((nodeId, output) -> JsonValues.object(output)
			.forEach((key, values) -> JsonValues.list(values).forEach((value) -> {
				Map<String, Object> file = JsonValues.object(value);
				String filename = JsonValues.text(file.get("filename"));
				if (filename != null && !filename.isEmpty()) {
					String type = JsonValues.textOrEmpty(file.get("type"));
					files.add(new OutputFile(nodeId, key, filename, JsonValues.textOrEmpty(file.get("subfolder")),
							type.isEmpty() ? "output" : type));
				}
			})));
		return new ComfyUiResult(promptId, JsonValues.immutable(outputs), List.copyOf(files));
	}

	/**
	 * Return the first saved file, the first preview if no file was saved, or the first
	 * other file if there is no preview.
	 * @return the file
	 * @throws NoSuchElementException if there is none
	 */
	public OutputFile file() {
		return first("output").or(() -> first("temp"))
			.or(() -> this.files.stream().findFirst())
			.orElseThrow(() -> new NoSuchElementException("The workflow has no output file. " + (this.outputs.isEmpty()
					? "No node has an output" : "These nodes have other outputs: " + this.outputs.keySet())));
	}

	private Optional<OutputFile> first(String type) {
		return this.files.stream().filter((file) -> file.type().equals(type)).findFirst();
	}

	/**
	 * Return the output files of a node.
	 * @param nodeId the node's id
	 * @return an immutable list, possibly empty
	 */
	public List<OutputFile> files(String nodeId) {
		return this.files.stream().filter((file) -> file.nodeId().equals(nodeId)).toList();
	}

}
