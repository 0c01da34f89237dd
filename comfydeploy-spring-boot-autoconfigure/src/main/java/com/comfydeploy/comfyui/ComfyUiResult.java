package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What a workflow has made.
 *
 * @param promptId the id under which it was run
 * @param outputs all outputs as ComfyUI has them, by node and key, files among them;
 * immutable. There may be none.
 * @param files the files among the outputs, saved ones and previews; immutable
 */
public record ComfyUiResult(String promptId, Map<String, Object> outputs, List<OutputFile> files) {

	/**
	 * Read the outputs of a prompt.
	 * @param outputs by node
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
	 * Return the first file, a saved one before a preview.
	 * @return the file
	 * @throws NoSuchElementException if there is none
	 */
	public OutputFile file() {
		return this.files.stream()
			.filter((file) -> !file.isTemporary())
			.findFirst()
			.or(() -> this.files.stream().findFirst())
			.orElseThrow(() -> new NoSuchElementException("The workflow made no file, but " + this.outputs.keySet()));
	}

	/**
	 * Return the files that a node has made.
	 * @param nodeId the node's id
	 * @return an immutable list, maybe empty
	 */
	public List<OutputFile> files(String nodeId) {
		return this.files.stream().filter((file) -> file.nodeId().equals(nodeId)).toList();
	}

}
