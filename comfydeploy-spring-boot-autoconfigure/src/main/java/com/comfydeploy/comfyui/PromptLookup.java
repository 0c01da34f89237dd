package com.comfydeploy.comfyui;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * Finds prompts in the queue and the history. Polls are not retried.
 */
final class PromptLookup {

	private static final int RECENT_PROMPTS = 50;

	private final ComfyUiHttp http;

	/** Whether {@code /api/jobs} may exist. */
	private volatile boolean jobs = true;

	PromptLookup(ComfyUiHttp http) {
		this.http = http;
	}

	/**
	 * Find the state of a prompt.
	 * @throws RequestFailure if there is no usable response
	 */
	PromptState poll(ComfyUiCall call, String promptId) {
		if (this.jobs) {
			call.beginRequest();
			TransportResponse response = this.http.send(call,
					this.http.get(call, "/api/jobs/" + ComfyUiUrl.segment(promptId)));
			if (response.status() != 404) {
				return ofJob(promptId, ComfyUiHttp.successful(response));
			}
			if (response.body().length > 0 && !isError(response)) {
				throw RequestFailure.of(response);
			}
			// A gateway can respond with 404, too: only queue and history show a lost
			// prompt
			PromptState state = pollQueueAndHistory(call, promptId);
			this.jobs = !isMissingRoute(response);
			return state;
		}
		return pollQueueAndHistory(call, promptId);
	}

	private static PromptState ofJob(String promptId, TransportResponse response) {
		Map<String, Object> job = object(response, "status", String.class);
		if (!promptId.equals(job.get("id"))) {
			throw RequestFailure.unreadable(response, "it is not about this prompt");
		}
		return PromptState.ofJob(promptId, job);
	}

	/** An empty 404 of another type may come from a gateway. */
	private static boolean isMissingRoute(TransportResponse response) {
		return response.body().length == 0 && response.headers()
			.getOrDefault("Content-Type", List.of(""))
			.get(0)
			.startsWith("application/octet-stream");
	}

	private static boolean isError(TransportResponse response) {
		try {
			return ComfyUiHttp.json(response).get("error") instanceof String;
		}
		catch (RequestFailure ex) {
			return false;
		}
	}

	/** In this order, a known prompt is always found. */
	private PromptState pollQueueAndHistory(ComfyUiCall call, String promptId) {
		PromptState queued = findIn(queue(send(call, "/queue")), promptId);
		if (queued.kind() != PromptState.Kind.UNKNOWN) {
			return queued;
		}
		Object entry = json(call, "/history/" + ComfyUiUrl.segment(promptId)).get(promptId);
		if (entry != null) {
			return PromptState.ofHistory(promptId, JsonValues.object(entry));
		}
		// Before version 0.3.45, a prompt may have another id than it was submitted with
		for (Object recent : recentHistory(call)) {
			QueuedPrompt prompt = find(recent, promptId);
			if (prompt != null) {
				return PromptState.ofHistory(prompt.id(), JsonValues.object(recent));
			}
		}
		return queued;
	}

	/**
	 * Find the state of a prompt in the queue.
	 * @throws RequestFailure if there is no usable response
	 */
	PromptState findInQueue(ComfyUiCall call, String promptId) throws InterruptedException {
		return findIn(queue(this.http.sendRepeatedly(call, () -> this.http.get(call, "/queue"))), promptId);
	}

	private static Map<String, Object> queue(TransportResponse response) {
		return object(response, "queue_running", List.class);
	}

	/** Other JSON than ComfyUI's must not be read as the absence of a prompt. */
	private static Map<String, Object> object(TransportResponse response, String name, Class<?> type) {
		Map<String, Object> json = ComfyUiHttp.json(response);
		if (!type.isInstance(json.get(name))) {
			throw RequestFailure.unreadable(response, "it has no " + name);
		}
		return json;
	}

	private static PromptState findIn(Map<String, Object> queue, String promptId) {
		QueuedPrompt running = QueuedPrompt.find(JsonValues.list(queue.get("queue_running")), promptId);
		if (running != null) {
			return PromptState.of(PromptState.Kind.RUNNING, running.id());
		}
		QueuedPrompt pending = QueuedPrompt.find(JsonValues.list(queue.get("queue_pending")), promptId);
		return (pending != null) ? PromptState.of(PromptState.Kind.PENDING, pending.id())
				: PromptState.of(PromptState.Kind.UNKNOWN, promptId);
	}

	/**
	 * Find a prompt by the id that it was submitted with.
	 * @return the prompt, or {@code null} if it is in neither queue nor history
	 * @throws RequestFailure if there is no usable response
	 */
	@Nullable QueuedPrompt find(ComfyUiCall call, String submissionId) {
		Map<String, Object> queue = queue(send(call, "/queue"));
		QueuedPrompt found = QueuedPrompt.find(JsonValues.list(queue.get("queue_running")), submissionId);
		if (found == null) {
			found = QueuedPrompt.find(JsonValues.list(queue.get("queue_pending")), submissionId);
		}
		if (found == null) {
			found = find(json(call, "/history/" + ComfyUiUrl.segment(submissionId)).get(submissionId), submissionId);
		}
		return (found != null) ? found
				: recentHistory(call).stream()
					.map((entry) -> find(entry, submissionId))
					.filter(Objects::nonNull)
					.findFirst()
					.orElse(null);
	}

	private static @Nullable QueuedPrompt find(@Nullable Object historyEntry, String promptId) {
		return QueuedPrompt.find(List.of(JsonValues.list(JsonValues.object(historyEntry).get("prompt"))), promptId);
	}

	private Collection<Object> recentHistory(ComfyUiCall call) {
		return json(call, "/history?max_items=" + RECENT_PROMPTS).values();
	}

	private Map<String, Object> json(ComfyUiCall call, String path) {
		return ComfyUiHttp.json(send(call, path));
	}

	private TransportResponse send(ComfyUiCall call, String path) {
		call.beginRequest();
		return ComfyUiHttp.successful(this.http.send(call, this.http.get(call, path)));
	}

}
