package com.comfydeploy.comfyui;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Follows the messages of a WebSocket about one prompt. Messages about others, of unknown
 * types, and malformed ones are ignored.
 */
final class ProgressTracker {

	private static final Set<String> ENDS = Set.of("execution_success", "execution_error", "execution_interrupted");

	/** Maximum number of updates for a listener that is slower than the workflow. */
	private static final int MAX_UPDATES = 100;

	/** Maximum number of characters of early messages. */
	private static final int MAX_EARLY = 4 * 1024 * 1024;

	private final Signal signal;

	private final int totalNodes;

	/** Updates that the listener has not received yet. */
	private final Deque<ComfyUiProgress> updates = new ArrayDeque<>();

	private final Set<String> finished = new HashSet<>();

	/** Messages received before the id of the prompt was known. */
	private final Deque<String> early = new ArrayDeque<>();

	private int earlyLength;

	private @Nullable String promptId;

	private @Nullable String nodeId;

	private double value;

	private double max = 1;

	private @Nullable ComfyUiProgress last;

	private boolean ended;

	/**
	 * Create a tracker.
	 * @param signal sent when there is a new message
	 * @param totalNodes the number of nodes in the workflow
	 */
	ProgressTracker(Signal signal, int totalNodes) {
		this.signal = signal;
		this.totalNodes = totalNodes;
	}

	/**
	 * Start to follow a prompt, including earlier messages.
	 * @param promptId the id that ComfyUI gave it
	 */
	synchronized void follow(String promptId) {
		this.promptId = promptId;
		this.early.forEach(this::message);
		this.early.clear();
	}

	/**
	 * Receive a message of the WebSocket. Prompts that were submitted without a client
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
			if (this.updates.size() > MAX_UPDATES) {
				this.updates.remove();
			}
		}
		this.signal.send();
	}

	private void keep(String text) {
		this.early.add(text);
		this.earlyLength += text.length();
		while (this.earlyLength > MAX_EARLY) {
			this.earlyLength -= this.early.remove().length();
		}
	}

	/** Without the current node, whose own value counts, and expanded nodes. */
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
				this.ended |= ENDS.contains(type);
				return false;
		}
	}

	/** After the last node, the node is null. */
	private boolean executing(@Nullable String node) {
		if (this.nodeId != null && !this.nodeId.equals(node)) {
			this.finished.add(this.nodeId);
		}
		this.nodeId = node;
		this.value = 0;
		this.max = 1;
		this.ended |= node == null;
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
		// Python also writes NaN and Infinity
		if (value == null || max == null || !Double.isFinite(value.doubleValue() / max.doubleValue())
				|| max.doubleValue() <= 0) {
			return false;
		}
		this.nodeId = (node != null) ? node : this.nodeId;
		this.value = value.doubleValue();
		this.max = max.doubleValue();
		return true;
	}

	/**
	 * Return the oldest progress that was not returned yet.
	 * @return the progress, or {@code null} if there is none
	 */
	synchronized @Nullable ComfyUiProgress poll() {
		return this.updates.poll();
	}

	/**
	 * Return the latest progress that was not returned yet, and forget the earlier.
	 * @return the progress, or {@code null} if there is none
	 */
	synchronized @Nullable ComfyUiProgress pollLatest() {
		ComfyUiProgress latest = this.updates.pollLast();
		this.updates.clear();
		return latest;
	}

	/**
	 * Return the final progress of a prompt that has succeeded, as its last messages may
	 * not have been received yet. Forget the progress that was not returned yet.
	 * @return the progress, or {@code null} if it was returned before
	 */
	synchronized @Nullable ComfyUiProgress complete(String promptId) {
		ComfyUiProgress latest = pollLatest();
		return (this.last != null && this.last.fraction() == 1) ? latest
				: new ComfyUiProgress(promptId, null, 1, 1, this.totalNodes, this.totalNodes);
	}

	/**
	 * Return whether the prompt may have ended since the last call, so that it should be
	 * polled.
	 */
	synchronized boolean hasEnded() {
		boolean wasEnded = this.ended;
		this.ended = false;
		return wasEnded;
	}

}
