package com.comfydeploy.test;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Latest requests that arrived. They are limited, so that a fake that runs for days does
 * not fill the memory.
 *
 * @param <R> the type of the requests
 */
final class RequestJournal<R> {

	static final int MAX_COUNT = 10_000;

	static final long MAX_BYTES = 64 * 1024 * 1024;

	private final Deque<R> requests = new ArrayDeque<>();

	private final ToLongFunction<R> size;

	private long bytes;

	/**
	 * Create a journal.
	 * @param size returns the bytes of a request
	 */
	RequestJournal(ToLongFunction<R> size) {
		this.size = size;
	}

	/**
	 * Add a request, and keep it even if it is too large.
	 */
	synchronized void add(R request) {
		this.requests.addLast(request);
		this.bytes += this.size.applyAsLong(request);
		while (this.requests.size() > MAX_COUNT || (this.bytes > MAX_BYTES && this.requests.size() > 1)) {
			this.bytes -= this.size.applyAsLong(this.requests.removeFirst());
		}
	}

	synchronized List<R> list() {
		return List.copyOf(this.requests);
	}

	synchronized void clear() {
		this.requests.clear();
		this.bytes = 0;
	}

}
