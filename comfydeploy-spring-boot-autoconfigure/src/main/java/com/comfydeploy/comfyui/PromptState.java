package com.comfydeploy.comfyui;

import java.util.List;
import java.util.Map;

/**
 * State of a prompt.
 *
 * @param kind the kind of state
 * @param result the outputs so far
 * @param error the error, if it has failed
 */
record PromptState(Kind kind, ComfyUiResult result, ExecutionError error) {

	private static final ExecutionError NO_ERROR = new ExecutionError(null, null, null, null);

	static PromptState of(Kind kind, String promptId) {
		return new PromptState(kind, ComfyUiResult.of(promptId, Map.of()), NO_ERROR);
	}

	/**
	 * Return the id that ComfyUI gave the prompt.
	 */
	String promptId() {
		return this.result.promptId();
	}

	/**
	 * Read a response to {@code GET /api/jobs/{id}}. A prompt with an unknown status has
	 * not ended.
	 */
	static PromptState ofJob(String promptId, Map<String, Object> job) {
		ComfyUiResult result = ComfyUiResult.of(promptId, JsonValues.object(job.get("outputs")));
		Map<String, Object> status = JsonValues.object(job.get("execution_status"));
		return switch (JsonValues.textOrEmpty(job.get("status"))) {
			case "completed" -> new PromptState(Kind.SUCCEEDED, result, NO_ERROR);
			case "cancelled" -> new PromptState(Kind.INTERRUPTED, result, NO_ERROR);
			case "failed" -> {
				Map<String, Object> error = JsonValues.object(job.get("execution_error"));
				yield new PromptState(Kind.FAILED, result,
						ExecutionError.of(error.isEmpty() ? message(status, "execution_error") : error));
			}
			case "pending" -> of(Kind.PENDING, promptId);
			default -> of(Kind.RUNNING, promptId);
		};
	}

	/**
	 * Read an entry of a response to {@code GET /history/{id}}. An interrupted prompt has
	 * the status of a failed one there.
	 */
	static PromptState ofHistory(String promptId, Map<String, Object> entry) {
		ComfyUiResult result = ComfyUiResult.of(promptId, JsonValues.object(entry.get("outputs")));
		Map<String, Object> status = JsonValues.object(entry.get("status"));
		if ("success".equals(status.get("status_str"))) {
			return new PromptState(Kind.SUCCEEDED, result, NO_ERROR);
		}
		if (hasMessage(status, "execution_interrupted")) {
			return new PromptState(Kind.INTERRUPTED, result, NO_ERROR);
		}
		return new PromptState(Kind.FAILED, result, ExecutionError.of(message(status, "execution_error")));
	}

	private static boolean hasMessage(Map<String, Object> status, String type) {
		return JsonValues.list(status.get("messages"))
			.stream()
			.anyMatch((message) -> JsonValues.list(message).contains(type));
	}

	private static Map<String, Object> message(Map<String, Object> status, String type) {
		for (Object message : JsonValues.list(status.get("messages"))) {
			List<?> typeAndData = JsonValues.list(message);
			if (typeAndData.size() > 1 && type.equals(typeAndData.get(0))) {
				return JsonValues.object(typeAndData.get(1));
			}
		}
		return Map.of();
	}

	/**
	 * Kinds of states.
	 */
	enum Kind {

		/** The prompt waits in the queue. */
		PENDING,

		/** The prompt is running. */
		RUNNING,

		/** The prompt has succeeded. */
		SUCCEEDED,

		/** The prompt has failed. */
		FAILED,

		/** The prompt was interrupted. */
		INTERRUPTED,

		/** ComfyUI does not know the prompt. */
		UNKNOWN

	}

}
