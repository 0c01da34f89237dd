package com.comfydeploy.comfyui;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A prompt as ComfyUI's queue and history list it:
 * {@code [number, id, graph, extra, outputs]}.
 *
 * @param id the id that ComfyUI gave it
 * @param submissionId the id that this client sent with it, or {@code null} if another
 * client submitted it. Before version 0.3.45, ComfyUI ignores that id.
 * @param outputs the output nodes that are run, or {@code null} if they are not known
 */
record QueuedPrompt(String id, @Nullable String submissionId, @Nullable List<String> outputs) {

	/** Key of the submission's id in {@code extra_data}. */
	static final String MARKER = "comfydeploy_submission";

	/**
	 * Find a prompt in a list.
	 * @param id the prompt's id, or the id that was sent with it
	 * @return the prompt, or {@code null} if it is not in the list
	 */
	static @Nullable QueuedPrompt find(List<?> prompts, String id) {
		for (Object element : prompts) {
			QueuedPrompt prompt = of(JsonValues.list(element));
			if (prompt != null && (prompt.id.equals(id) || id.equals(prompt.submissionId))) {
				return prompt;
			}
		}
		return null;
	}

	private static @Nullable QueuedPrompt of(List<?> parts) {
		String id = (parts.size() > 1) ? JsonValues.text(parts.get(1)) : null;
		if (id == null) {
			return null;
		}
		Object extra = (parts.size() > 3) ? parts.get(3) : null;
		List<String> outputs = (parts.size() > 4 && parts.get(4) instanceof List<?> list)
				? list.stream().map(String::valueOf).toList() : null;
		return new QueuedPrompt(id, JsonValues.text(JsonValues.object(extra).get(MARKER)), outputs);
	}

}
