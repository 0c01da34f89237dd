package com.comfydeploy.test;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Latest requests that arrived.
 */
final class RequestJournal {

	/** Limit, so that a fake that runs for days does not fill the memory. */
	static final int MAX_SIZE = 10_000;

	private final Deque<RecordedRequest> requests = new ArrayDeque<>();

	synchronized void add(RecordedRequest request) {
		if (this.requests.size() == MAX_SIZE) {
			this.requests.removeFirst();
		}
		this.requests.addLast(request);
	}

	synchronized List<RecordedRequest> list() {
		return List.copyOf(this.requests);
	}

	synchronized void clear() {
		this.requests.clear();
	}

}
