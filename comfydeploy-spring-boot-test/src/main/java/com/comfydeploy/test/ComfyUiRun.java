package com.comfydeploy.test;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Execution of a prompt: its steps with their times, and its outputs.
 */
final class ComfyUiRun {

	private static final int MAX_PROGRESS_STEPS = 100;

	private static final int PREVIEW_SIZE = 32;

	private final ComfyUiPrompt prompt;

	private final ComfyUiVersion version;

	private final ComfyUiFiles files;

	private final ComfyUiSockets sockets;

	private final Instant startedAt;

	/** Steps that are not yet due; the last one ends the execution. */
	private final Deque<Step> steps = new ArrayDeque<>();

	private final Map<String, Object> outputs = new LinkedHashMap<>();

	private final Map<String, Object> progress = new LinkedHashMap<>();

	private final List<String> executed = new ArrayList<>();

	private final List<Object> messages = new ArrayList<>();

	private @Nullable String current;

	private @Nullable Map<String, Object> failure;

	private boolean interrupted;

	private @Nullable Instant endedAt;

	private ComfyUiRun(ComfyUiPrompt prompt, ComfyUiVersion version, ComfyUiFiles files, ComfyUiSockets sockets,
			Instant startedAt) {
		this.prompt = prompt;
		this.version = version;
		this.files = files;
		this.sockets = sockets;
		this.startedAt = startedAt;
	}

	/**
	 * Start the execution of a prompt.
	 * @param cached the outputs that the same workflow has made before, or {@code null}
	 */
	static ComfyUiRun start(ComfyUiPrompt prompt, ComfyUiVersion version, ComfyUiFiles files, ComfyUiSockets sockets,
			Instant startedAt, Duration renderTime, @Nullable Map<String, Object> cached) {
		ComfyUiRun run = new ComfyUiRun(prompt, version, files, sockets, startedAt);
		List<String> order = prompt.graph().order(prompt.outputs());
		run.at(startedAt, () -> {
			run.message("execution_start", new LinkedHashMap<>());
			run.message("execution_cached", data("nodes", (cached != null) ? order : List.of()));
		});
		if (cached != null) {
			cached.forEach((id, output) -> run.at(startedAt, () -> run.finished(id, output)));
			run.at(startedAt, () -> run.succeed(startedAt));
		}
		else {
			run.plan(order, renderTime);
		}
		return run;
	}

	private void plan(List<String> order, Duration renderTime) {
		String slow = order.stream()
			.filter((id) -> this.prompt.graph().classType(id).equals("KSampler"))
			.findFirst()
			.orElse(order.get(order.size() - 1));
		Instant time = this.startedAt;
		for (String id : order) {
			at(time, () -> begin(id));
			if (this.prompt.has(FaultEffect.Run.Kind.STUCK) && id.equals(slow)) {
				at(Instant.MAX, () -> {
				});
				return;
			}
			if (id.equals(slow)) {
				planProgress(id, renderTime);
				time = time.plus(renderTime);
			}
			FaultEffect.Run fault = this.prompt.fault();
			Instant end = time;
			if (fault != null && fault.kind() == FaultEffect.Run.Kind.FAIL
					&& this.prompt.graph().classType(id).equals(fault.classType())) {
				at(end, () -> fail(id, "RuntimeError", String.valueOf(fault.message()), end));
				return;
			}
			if (this.prompt.graph().classType(id).equals("SaveImage") && !ComfyUiFiles.isInOutputFolder(prefix(id))) {
				at(end, () -> fail(id, "Exception", ComfyUiFiles.OUTSIDE_OUTPUT_FOLDER, end));
				return;
			}
			at(end, () -> finished(id, output(id)));
		}
		Instant end = time;
		at(end, () -> succeed(end));
	}

	private void planProgress(String id, Duration renderTime) {
		int max = (this.prompt.graph().inputs(id).get("steps") instanceof Number number)
				? Math.max(1, Math.min(number.intValue(), MAX_PROGRESS_STEPS)) : 20;
		for (int value = 1; value <= max && !renderTime.isZero(); value++) {
			int done = value;
			at(this.startedAt.plus(renderTime.multipliedBy(value).dividedBy(max)), () -> progress(id, done, max));
		}
	}

	private void at(Instant time, Runnable action) {
		this.steps.addLast(new Step(time, action));
	}

	/**
	 * Perform the steps that are due.
	 * @return whether the execution is over
	 */
	boolean advanceTo(Instant now) {
		while (!this.steps.isEmpty() && !this.steps.getFirst().time().isAfter(now)) {
			this.steps.removeFirst().action().run();
		}
		return this.endedAt != null;
	}

	/**
	 * Stop the execution, unless it ignores interrupts.
	 */
	void interrupt(Instant now) {
		if (this.prompt.has(FaultEffect.Run.Kind.UNINTERRUPTIBLE) || this.prompt.has(FaultEffect.Run.Kind.STUCK)) {
			return;
		}
		this.steps.clear();
		this.interrupted = true;
		String id = String.valueOf(this.current);
		message("execution_interrupted", data("node_id", id, "node_type", this.prompt.graph().classType(id), "executed",
				List.copyOf(this.executed)));
		this.endedAt = now;
	}

	private void begin(String id) {
		this.current = id;
		progressState(id, 0.0, 1.0, "running");
		send("executing", data("node", id, "display_node", id));
	}

	private void progress(String id, int value, int max) {
		progressState(id, value, max, "running");
		send("progress", data("value", value, "max", max, "node", id));
		String clientId = this.prompt.clientId();
		if (clientId != null && this.sockets.isOpen(clientId)) {
			this.sockets.sendPreview(clientId, preview());
		}
	}

	/** Return a binary message; its format is 2 for PNG. */
	private byte[] preview() {
		ComfyUiPicture picture = this.prompt.graph().picture(this.prompt.outputs().get(0), 0);
		byte[] png = new ComfyUiPicture("", picture.seed(), PREVIEW_SIZE, PREVIEW_SIZE).toPng();
		return ByteBuffer.allocate(8 + png.length).putInt(1).putInt(2).put(png).array();
	}

	private void finished(String id, @Nullable Object output) {
		this.executed.add(id);
		if (output != null) {
			this.outputs.put(id, output);
			send("executed", data("node", id, "display_node", id, "output", output));
		}
		progressState(id, 1.0, 1.0, "finished");
	}

	private @Nullable Object output(String id) {
		ComfyUiNodeType type = ComfyUiNodeType.find(this.prompt.graph().classType(id));
		if (type == null || !type.isOutput()) {
			return null;
		}
		boolean preview = type.name().equals("PreviewImage");
		String prefix = preview ? "ComfyUI_temp_fake" : prefix(id);
		List<Object> images = new ArrayList<>();
		for (int i = 0; i < this.prompt.graph().batchSize(id); i++) {
			ComfyUiPicture picture = this.prompt.graph().picture(id, i);
			images.add(this.files.save(preview ? ComfyUiFiles.TEMP : ComfyUiFiles.OUTPUT, prefix, picture::toPng)
				.toJson());
		}
		Map<String, Object> output = data("images", images);
		if (this.prompt.has(FaultEffect.Run.Kind.NAN)) {
			output.put("scores", List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY));
		}
		return output;
	}

	private String prefix(String id) {
		Object prefix = this.prompt.graph().inputs(id).get("filename_prefix");
		return (prefix != null) ? prefix.toString() : "";
	}

	private void succeed(Instant now) {
		message("execution_success", new LinkedHashMap<>());
		this.endedAt = now;
	}

	private void fail(String id, String exceptionType, String message, Instant now) {
		this.failure = withPromptId(data("node_id", id, "node_type", this.prompt.graph().classType(id), "executed",
				List.copyOf(this.executed), "exception_message", message + "\n", "exception_type", exceptionType,
				"traceback", List.of("  File \"execution.py\", line 1, in execute\n"), "current_inputs", Map.of(),
				"current_outputs", List.of()));
		message("execution_error", this.failure);
		this.endedAt = now;
	}

	private void progressState(String id, Number value, Number max, String state) {
		if (!this.version.hasProgressState()) {
			return;
		}
		Map<String, @Nullable Object> node = new LinkedHashMap<>(data("value", value, "max", max, "state", state,
				"node_id", id, "prompt_id", this.prompt.id(), "display_node_id", id, "real_node_id", id));
		node.put("parent_node_id", null);
		this.progress.put(id, node);
		send("progress_state", data("nodes", new LinkedHashMap<>(this.progress)));
	}

	private void message(String type, Map<String, Object> data) {
		withPromptId(data).put("timestamp", this.startedAt.toEpochMilli());
		this.messages.add(List.of(type, data));
		send(type, data);
	}

	private void send(String type, Map<String, Object> data) {
		this.sockets.send(this.prompt.clientId(), type, withPromptId(data));
	}

	private Map<String, Object> withPromptId(Map<String, Object> data) {
		data.putIfAbsent("prompt_id", this.prompt.id());
		return data;
	}

	private static Map<String, Object> data(Object... namesAndValues) {
		Map<String, Object> data = new LinkedHashMap<>();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			data.put((String) namesAndValues[i], namesAndValues[i + 1]);
		}
		return data;
	}

	ComfyUiPrompt prompt() {
		return this.prompt;
	}

	@Nullable String current() {
		return this.current;
	}

	Map<String, Object> outputs() {
		return this.outputs;
	}

	boolean isSuccess() {
		return this.endedAt != null && this.failure == null && !this.interrupted;
	}

	Instant endedAt() {
		return (this.endedAt != null) ? this.endedAt : this.startedAt;
	}

	private Map<String, Object> status() {
		return data("status_str", isSuccess() ? "success" : "error", "completed", isSuccess(), "messages",
				this.messages);
	}

	/**
	 * Return its entry of the history.
	 */
	Map<String, Object> toHistory() {
		Map<String, Object> meta = new LinkedHashMap<>();
		for (String id : this.outputs.keySet()) {
			Map<String, @Nullable Object> node = new LinkedHashMap<>(
					data("node_id", id, "display_node", id, "real_node_id", id));
			node.put("parent_node", null);
			meta.put(id, node);
		}
		return data("prompt", this.prompt.toJson(), "outputs", this.outputs, "status", status(), "meta", meta);
	}

	/**
	 * Return its job.
	 */
	Map<String, @Nullable Object> toJob() {
		Map<String, @Nullable Object> job = this.prompt
			.toJob(isSuccess() ? "completed" : (this.interrupted ? "cancelled" : "failed"));
		job.put("execution_start_time", this.startedAt.toEpochMilli());
		job.put("execution_end_time", endedAt().toEpochMilli());
		job.put("outputs_count", this.outputs.size());
		job.put("previewable_outputs_count", this.outputs.size());
		if (this.failure != null) {
			job.put("execution_error", this.failure);
		}
		job.put("outputs", this.outputs);
		job.put("execution_status", status());
		job.put("workflow", data("prompt", this.prompt.graph().json(), "extra_data", this.prompt.extra()));
		return job;
	}

	/**
	 * Step of an execution.
	 *
	 * @param time the time at which it is due
	 * @param action the action
	 */
	private record Step(Instant time, Runnable action) {

	}

}
