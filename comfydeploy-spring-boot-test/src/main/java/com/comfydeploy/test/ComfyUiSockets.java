package com.comfydeploy.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.json.JsonWriter;

/**
 * WebSockets of a ComfyUI, by client id. Of two with the same id, only the later one
 * receives messages.
 */
final class ComfyUiSockets {

	/** Limit for a WebSocket that nobody reads. */
	private static final int MAX_MESSAGES = 10_000;

	private final Map<String, BlockingQueue<Object>> messages = new LinkedHashMap<>();

	synchronized BlockingQueue<Object> open(String clientId) {
		BlockingQueue<Object> queue = new LinkedBlockingQueue<>(MAX_MESSAGES);
		this.messages.put(clientId, queue);
		return queue;
	}

	synchronized void close(String clientId, BlockingQueue<Object> queue) {
		this.messages.remove(clientId, queue);
	}

	synchronized boolean isOpen(String clientId) {
		return this.messages.containsKey(clientId);
	}

	/**
	 * Send a message to a client, if it is connected. Without a client, progress is sent
	 * to all of them.
	 */
	synchronized void send(@Nullable String clientId, String type, Map<String, ?> data) {
		if (clientId == null && type.startsWith("progress")) {
			this.messages.values().forEach((queue) -> queue.offer(json(type, data)));
		}
		BlockingQueue<Object> queue = (clientId != null) ? this.messages.get(clientId) : null;
		if (queue != null) {
			queue.offer(json(type, data));
		}
	}

	synchronized void sendPreview(String clientId, byte[] preview) {
		BlockingQueue<Object> queue = this.messages.get(clientId);
		if (queue != null) {
			queue.offer(preview);
		}
	}

	/**
	 * Send the length of the queue to all.
	 */
	synchronized void sendStatus(int remaining) {
		List.copyOf(this.messages.values()).forEach((queue) -> queue.offer(json("status", status(remaining))));
	}

	static String json(String type, Map<String, ?> data) {
		Map<String, Object> message = new LinkedHashMap<>();
		message.put("type", type);
		message.put("data", data);
		return JsonWriter.standard().writeToString(message);
	}

	static Map<String, Object> status(int remaining) {
		Map<String, Object> status = new LinkedHashMap<>();
		status.put("status", Map.of("exec_info", Map.of("queue_remaining", remaining)));
		return status;
	}

}
