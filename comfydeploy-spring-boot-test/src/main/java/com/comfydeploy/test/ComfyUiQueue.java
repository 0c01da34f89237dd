package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Pending, running and finished prompts of a ComfyUI. Their state follows from the time;
 * there is no worker thread.
 */
final class ComfyUiQueue {

	private static final int MAX_HISTORY = 10_000;

	private final FakeClock clock;

	private final Duration renderTime;

	private final ComfyUiVersion version;

	private final ComfyUiFiles files;

	private final ComfyUiSockets sockets;

	private final List<ComfyUiPrompt> pending = new ArrayList<>();

	private final Map<String, ComfyUiRun> history = new LinkedHashMap<>();

	private final Map<Object, Map<String, Object>> cache = new HashMap<>();

	private @Nullable ComfyUiRun running;

	private Instant idleSince = Instant.MIN;

	private long submitted;

	ComfyUiQueue(FakeClock clock, Duration renderTime, ComfyUiVersion version, ComfyUiFiles files,
			ComfyUiSockets sockets) {
		this.clock = clock;
		this.renderTime = renderTime;
		this.version = version;
		this.files = files;
		this.sockets = sockets;
	}

	/**
	 * Add a prompt.
	 * @param id the client's own id, or {@code null}
	 */
	synchronized ComfyUiPrompt submit(@Nullable String id, ComfyUiGraph graph, Map<String, @Nullable Object> extra,
			List<String> outputs, boolean front, FaultEffect.@Nullable Run fault) {
		advance();
		Instant now = this.clock.now();
		if (this.version.isStrict()) {
			extra.put("create_time", now.toEpochMilli());
		}
		long number = front ? -this.submitted : this.submitted;
		this.submitted++;
		ComfyUiPrompt prompt = new ComfyUiPrompt(number,
				(id != null && this.version.takesPromptId()) ? id : UUID.randomUUID().toString(), graph, extra, outputs,
				now, fault);
		this.pending.add(prompt);
		this.pending.sort(Comparator.comparingLong(ComfyUiPrompt::number));
		this.sockets.sendStatus(remaining());
		return prompt;
	}

	/**
	 * Perform the steps that are due.
	 */
	synchronized void advance() {
		Instant now = this.clock.now();
		while (true) {
			if (this.running == null) {
				if (this.pending.isEmpty()) {
					return;
				}
				ComfyUiPrompt next = this.pending.remove(0);
				Instant start = next.queuedAt().isAfter(this.idleSince) ? next.queuedAt() : this.idleSince;
				this.running = ComfyUiRun.start(next, this.version, this.files, this.sockets, start, this.renderTime,
						(next.fault() != null) ? null : this.cache.get(next.graph().json()));
			}
			if (!this.running.advanceTo(now)) {
				return;
			}
			finish(this.running);
		}
	}

	private void finish(ComfyUiRun run) {
		this.running = null;
		this.idleSince = run.endedAt();
		this.history.remove(run.prompt().id());
		this.history.put(run.prompt().id(), run);
		if (this.history.size() > MAX_HISTORY) {
			this.history.remove(this.history.keySet().iterator().next());
		}
		if (run.isSuccess() && run.prompt().fault() == null) {
			this.cache.put(run.prompt().graph().json(), run.outputs());
		}
		this.sockets.sendStatus(remaining());
		Map<String, @Nullable Object> end = new LinkedHashMap<>();
		end.put("node", null);
		end.put("prompt_id", run.prompt().id());
		this.sockets.send(run.prompt().clientId(), "executing", end);
	}

	synchronized int remaining() {
		return this.pending.size() + ((this.running != null) ? 1 : 0);
	}

	/**
	 * Return the node that runs for a client, or {@code null}.
	 */
	synchronized @Nullable String current(String clientId) {
		return (this.running != null && clientId.equals(this.running.prompt().clientId())) ? this.running.current()
				: null;
	}

	synchronized Map<String, Object> toJson() {
		advance();
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("queue_running", (this.running != null) ? List.of(this.running.prompt().toJson()) : List.of());
		json.put("queue_pending", this.pending.stream().map(ComfyUiPrompt::toJson).toList());
		return json;
	}

	/**
	 * Return the finished prompts by id, or only the one with an id.
	 * @throws ApiError if the result of a prompt cannot be written as JSON
	 */
	synchronized Map<String, Object> history(@Nullable String id, @Nullable Integer maxItems) {
		advance();
		Map<String, Object> json = new LinkedHashMap<>();
		Collection<ComfyUiRun> runs = this.history.values();
		long skipped = (maxItems != null) ? Math.max(0, runs.size() - maxItems) : 0;
		runs.stream()
			.skip(skipped)
			.filter((run) -> id == null || run.prompt().id().equals(id))
			.forEach((run) -> json.put(run.prompt().id(), readable(run).toHistory()));
		return json;
	}

	/**
	 * Return a job, or {@code null} if it is unknown.
	 * @throws ApiError if its result cannot be written as JSON
	 */
	synchronized @Nullable Map<String, @Nullable Object> job(String id) {
		advance();
		if (this.running != null && this.running.prompt().id().equals(id)) {
			return this.running.prompt().toJob("in_progress");
		}
		for (ComfyUiPrompt prompt : this.pending) {
			if (prompt.id().equals(id)) {
				return prompt.toJob("pending");
			}
		}
		ComfyUiRun run = this.history.get(id);
		return (run != null) ? readable(run).toJob() : null;
	}

	private static ComfyUiRun readable(ComfyUiRun run) {
		if (run.prompt().has(FaultEffect.Run.Kind.UNREADABLE)) {
			throw ApiError.internal();
		}
		return run;
	}

	/**
	 * Remove one pending prompt for each id.
	 */
	synchronized void delete(Collection<String> ids) {
		advance();
		for (String id : ids) {
			this.pending.stream()
				.filter((prompt) -> prompt.id().equals(id))
				.findFirst()
				.ifPresent(this.pending::remove);
		}
		this.sockets.sendStatus(remaining());
	}

	synchronized void clear() {
		advance();
		this.pending.clear();
		this.sockets.sendStatus(remaining());
	}

	/**
	 * Interrupt the running prompt. If there is an id, and the version supports it, only
	 * the prompt with this id is interrupted.
	 */
	synchronized void interrupt(@Nullable String id) {
		advance();
		ComfyUiRun run = this.running;
		if (run == null || (id != null && this.version.interruptsById() && !run.prompt().id().equals(id))) {
			return;
		}
		run.interrupt(this.clock.now());
		advance();
	}

	synchronized void deleteHistory(Collection<String> ids) {
		this.history.keySet().removeAll(ids);
	}

	synchronized void clearHistory() {
		this.history.clear();
	}

	synchronized void free() {
		this.cache.clear();
	}

	/**
	 * Forget all prompts, as after a restart of the server.
	 */
	synchronized void restart() {
		this.pending.clear();
		this.running = null;
		this.history.clear();
		this.cache.clear();
		this.submitted = 0;
	}

}
