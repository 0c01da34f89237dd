package com.comfydeploy.test;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Latest requests to the ComfyUIs.
 */
final class ComfyUiJournal {

	private static final int MAX_COUNT = 10_000;

	private static final long MAX_BYTES = 64 * 1024 * 1024;

	private final Deque<ComfyUiRequest> requests = new ArrayDeque<>();

	private long bytes;

	synchronized void add(ComfyUiRequest request) {
		this.requests.addLast(request);
		this.bytes += request.size();
		while (this.requests.size() > MAX_COUNT || (this.bytes > MAX_BYTES && this.requests.size() > 1)) {
			this.bytes -= this.requests.removeFirst().size();
		}
	}

	synchronized List<ComfyUiRequest> list() {
		return List.copyOf(this.requests);
	}

	synchronized void clear() {
		this.requests.clear();
		this.bytes = 0;
	}

}
