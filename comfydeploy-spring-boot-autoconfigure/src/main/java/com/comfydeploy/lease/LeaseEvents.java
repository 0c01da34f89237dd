package com.comfydeploy.lease;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of one lease in order, even if several threads add events. No lock
 * is held while a listener is called.
 */
final class LeaseEvents {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private static final CompletableFuture<Void> NOTHING_TO_PUBLISH = CompletableFuture.completedFuture(null);

	private final List<Consumer<SessionLeaseEvent>> listeners;

	private final Queue<SessionLeaseEvent> queue = new ArrayDeque<>();

	private CompletableFuture<Void> published = NOTHING_TO_PUBLISH;

	private @Nullable Thread publisher;

	LeaseEvents(List<Consumer<SessionLeaseEvent>> listeners) {
		this.listeners = listeners;
	}

	/**
	 * Add an event to be published.
	 */
	synchronized void add(SessionLeaseEvent event) {
		if (this.published.isDone()) {
			this.published = new CompletableFuture<>();
		}
		this.queue.add(event);
	}

	/**
	 * Publish what has been added, unless another thread is publishing.
	 */
	void publish() {
		if (!begin()) {
			return;
		}
		SessionLeaseEvent event = next();
		while (event != null) {
			publish(event);
			event = next();
		}
	}

	private synchronized boolean begin() {
		if (this.publisher != null || this.queue.isEmpty()) {
			return false;
		}
		this.publisher = Thread.currentThread();
		return true;
	}

	private synchronized @Nullable SessionLeaseEvent next() {
		SessionLeaseEvent event = this.queue.poll();
		if (event == null) {
			this.publisher = null;
			this.published.complete(null);
		}
		return event;
	}

	private void publish(SessionLeaseEvent event) {
		for (Consumer<SessionLeaseEvent> listener : this.listeners) {
			try {
				listener.accept(event);
			}
			catch (Throwable ex) {
				// A failing listener must not fail the lease
				logger.warn("A listener failed for " + event, ex);
			}
		}
	}

	/**
	 * Return when all events have been published.
	 * @return the future; it is already complete on the thread of a listener, which would
	 * otherwise wait for itself
	 */
	synchronized CompletableFuture<Void> published() {
		return isPublishedHere() ? NOTHING_TO_PUBLISH : this.published;
	}

	/**
	 * Return whether this thread is that of a listener.
	 */
	synchronized boolean isPublishedHere() {
		return this.publisher == Thread.currentThread();
	}

}
