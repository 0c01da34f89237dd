package com.comfydeploy.comfyui;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Follows the messages of a WebSocket about one prompt. Messages about others, of unknown
 * types, and what is no JSON are passed over.
 */
final class ProgressTracker {

	private static final Set<String> ENDS = Set.of("execution_success", "execution_error", "execution_interrupted");

	/** Characters of the messages that are kept. */
	private static final int MAX_EARLY = 4 * 1024 * 1024;

	private final WakeUp wakeUp;

	private final int totalNodes;

	private final Queue<ComfyUiProgress> updates = new ConcurrentLinkedQueue<>();

	private final Set<String> finished = new HashSet<>();

	/** Messages that came before it was known which prompt they must be about. */
	private final Deque<String> early = new ArrayDeque<>();

	private int earlyLength;

	private @Nullable String promptId;

	private @Nullable String nodeId;

	private double value;

	private double max = 1;

	private @Nullable ComfyUiProgress last;

	private volatile boolean over;

	/**
	 * Create a tracker.
	 * @param wakeUp is signalled when there is something new
	 * @param totalNodes the number of nodes in the workflow
	 */
	ProgressTracker(WakeUp wakeUp, int totalNodes) {
		this.wakeUp = wakeUp;
		this.totalNodes = totalNodes;
	}

	/**
	 * Start to follow a prompt, with what was received before.
	 * @param promptId the id that ComfyUI knows it by
	 */
	synchronized void follow(String promptId) {
		this.promptId = promptId;
		this.early.forEach(this::message);
		this.early.clear();
	}

	/**
	 * Take a message of the WebSocket. Prompts that were submitted without a client
	 * report their progress to every client.
	 */
	synchronized void message(String text) {
		if (this.promptId == null) {
			keep(text);
			return;
		}
		Map<String, Object> json;
		try {
			json = JsonValues.object(ComfyUiJson.read(text));
		}
		catch (UnreadableJsonException ex) {
			return;
		}
		Map<String, Object> data = JsonValues.object(json.get("data"));
		String about = JsonValues.text(data.get("prompt_id"));
		if (!this.promptId.equals(about)) {
			return;
		}
		if (update(JsonValues.textOrEmpty(json.get("type")), data)) {
			ComfyUiProgress progress = new ComfyUiProgress(this.promptId, this.nodeId, this.value, this.max,
					finishedNodes(), this.totalNodes);
			this.last = progress;
			this.updates.add(progress);
		}
		this.wakeUp.signal();
	}

	private void keep(String text) {
		this.early.add(text);
		this.earlyLength += text.length();
		while (this.earlyLength > MAX_EARLY) {
			this.earlyLength -= this.early.remove().length();
		}
	}

	/** The current node counts by its own value. Nodes that others expand to do not. */
	private int finishedNodes() {
		int current = (this.nodeId != null && this.finished.contains(this.nodeId)) ? 1 : 0;
		return Math.min(this.finished.size() - current, this.totalNodes);
	}

	private boolean update(String type, Map<String, Object> data) {
		switch (type) {
			case "execution_start":
				return true;
			case "execution_cached":
				JsonValues.list(data.get("nodes")).forEach((node) -> this.finished.add(String.valueOf(node)));
				return true;
			case "executing":
				return executing(JsonValues.text(data.get("node")));
			case "executed":
				return finish(JsonValues.text(data.get("node")));
			case "progress":
				return progress(JsonValues.text(data.get("node")), JsonValues.number(data.get("value")),
						JsonValues.number(data.get("max")));
			case "progress_state":
				JsonValues.object(data.get("nodes")).forEach((node, state) -> {
					if ("finished".equals(JsonValues.object(state).get("state"))) {
						this.finished.add(node);
					}
				});
				return false;
			default:
				this.over |= ENDS.contains(type);
				return false;
		}
	}

	/** No node is what comes after the last. */
	private boolean executing(@Nullable String node) {
		if (this.nodeId != null && !this.nodeId.equals(node)) {
			this.finished.add(this.nodeId);
		}
		this.nodeId = node;
		this.value = 0;
		this.max = 1;
		this.over |= node == null;
		return true;
	}

	private boolean finish(@Nullable String node) {
		if (node != null) {
			this.finished.add(node);
		}
		if (node != null && node.equals(this.nodeId)) {
			this.nodeId = null;
		}
		return true;
	}

	private boolean progress(@Nullable String node, @Nullable Number value, @Nullable Number max) {
		if (value == null || max == null || max.doubleValue() <= 0) {
			return false;
		}
		this.nodeId = (node != null) ? node : this.nodeId;
		this.value = value.doubleValue();
		this.max = max.doubleValue();
		return true;
	}

	/**
	 * Return the oldest progress that was not taken yet.
	 * @return the progress, or {@code null} if there is none
	 */
	@Nullable ComfyUiProgress poll() {
		return this.updates.poll();
	}

	/**
	 * Return the progress of a prompt that has succeeded, whose last messages may still
	 * be on their way.
	 * @return the progress, or {@code null} if that was the last one
	 */
	synchronized @Nullable ComfyUiProgress complete(String promptId) {
		return (this.last != null && this.last.fraction() == 1) ? null
				: new ComfyUiProgress(promptId, null, 1, 1, this.totalNodes, this.totalNodes);
	}

	/**
	 * Return once whether the prompt may be over, so that it is time to poll.
	 */
	boolean isOver() {
		boolean wasOver = this.over;
		this.over = false;
		return wasOver;
	}

}
