package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Finds out where a prompt is. Each poll is made once.
 */
final class PromptLookup {

	/** The part of {@code extra_data} by which a prompt is found. */
	static final String MARKER = "comfydeploy_submission";

	private static final int RECENT_PROMPTS = 50;

	private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(1);

	private final ComfyUiHttp http;

	/** Whether there is {@code /api/jobs}, as far as is known. */
	private volatile boolean jobs = true;

	PromptLookup(ComfyUiHttp http) {
		this.http = http;
	}

	/**
	 * Find out where a prompt is.
	 * @param deadline the end of the wait, and so of the poll
	 * @throws RequestFailure if there is no usable response
	 */
	PromptState poll(ComfyUiCall call, String promptId, Deadline deadline) {
		if (this.jobs) {
			TransportResponse response = this.http.send(call,
					get("/api/jobs/" + ComfyUiUrl.segment(promptId), deadline));
			if (response.status() != 404) {
				return PromptState.ofJob(promptId, ComfyUiHttp.json(ComfyUiHttp.successful(response)));
			}
			if (response.body().length > 0) {
				// Only ComfyUI's own 404 says that there is no such job
				if (isError(response)) {
					return PromptState.of(PromptState.Kind.UNKNOWN, promptId);
				}
				throw RequestFailure.of(response);
			}
			this.jobs = false;
		}
		return pollQueueAndHistory(call, promptId, deadline);
	}

	private static boolean isError(TransportResponse response) {
		try {
			return ComfyUiHttp.json(response).get("error") instanceof String;
		}
		catch (RequestFailure ex) {
			return false;
		}
	}

	/** In this order a prompt is always in one of them. */
	private PromptState pollQueueAndHistory(ComfyUiCall call, String promptId, Deadline deadline) {
		Map<String, Object> queue = json(call, "/queue", deadline);
		if (findId(queue.get("queue_running"), promptId) != null) {
			return PromptState.of(PromptState.Kind.RUNNING, promptId);
		}
		if (findId(queue.get("queue_pending"), promptId) != null) {
			return PromptState.of(PromptState.Kind.PENDING, promptId);
		}
		Object entry = json(call, "/history/" + ComfyUiUrl.segment(promptId), deadline).get(promptId);
		return (entry != null) ? PromptState.ofHistory(promptId, JsonValues.object(entry))
				: PromptState.of(PromptState.Kind.UNKNOWN, promptId);
	}

	/**
	 * Find out whether a prompt is in the queue.
	 * @throws RequestFailure if there is no usable response
	 */
	PromptState.Kind findInQueue(ComfyUiCall call, String promptId) throws InterruptedException {
		Map<String, Object> queue = ComfyUiHttp.json(this.http.sendRepeatedly(call, () -> this.http.get("/queue")));
		if (findId(queue.get("queue_running"), promptId) != null) {
			return PromptState.Kind.RUNNING;
		}
		return (findId(queue.get("queue_pending"), promptId) != null) ? PromptState.Kind.PENDING
				: PromptState.Kind.UNKNOWN;
	}

	/**
	 * Find a prompt by the id that it was sent with: its own, or a marker where ComfyUI
	 * gave it another.
	 * @return the id that ComfyUI knows it by, or {@code null} if it is not there
	 * @throws RequestFailure if there is no usable response
	 */
	@Nullable String find(ComfyUiCall call, String sentId, Deadline deadline) {
		Map<String, Object> queue = json(call, "/queue", deadline);
		String found = findId(queue.get("queue_running"), sentId);
		if (found == null) {
			found = findId(queue.get("queue_pending"), sentId);
		}
		if (found == null && json(call, "/history/" + ComfyUiUrl.segment(sentId), deadline).containsKey(sentId)) {
			found = sentId;
		}
		return (found != null) ? found : findInHistory(call, sentId, deadline);
	}

	private @Nullable String findInHistory(ComfyUiCall call, String sentId, Deadline deadline) {
		for (Object entry : json(call, "/history?max_items=" + RECENT_PROMPTS, deadline).values()) {
			String found = findId(List.of(JsonValues.list(JsonValues.object(entry).get("prompt"))), sentId);
			if (found != null) {
				return found;
			}
		}
		return null;
	}

	/**
	 * Find a prompt in a list of {@code [number, id, graph, extra, outputs]}.
	 */
	private static @Nullable String findId(@Nullable Object prompts, String sentId) {
		for (Object prompt : JsonValues.list(prompts)) {
			List<?> parts = JsonValues.list(prompt);
			String id = (parts.size() > 1) ? JsonValues.text(parts.get(1)) : null;
			Object extra = (parts.size() > 3) ? parts.get(3) : null;
			if (id != null && (id.equals(sentId) || sentId.equals(JsonValues.object(extra).get(MARKER)))) {
				return id;
			}
		}
		return null;
	}

	private Map<String, Object> json(ComfyUiCall call, String path, Deadline deadline) {
		return ComfyUiHttp.json(ComfyUiHttp.successful(this.http.send(call, get(path, deadline))));
	}

	private TransportRequest get(String path, Deadline deadline) {
		Duration timeout = (deadline.remaining().compareTo(SHORTEST_TIMEOUT) > 0) ? deadline.remaining()
				: SHORTEST_TIMEOUT;
		return this.http.get(path)
			.timeout((timeout.compareTo(this.http.readTimeout()) < 0) ? timeout : this.http.readTimeout());
	}

}
