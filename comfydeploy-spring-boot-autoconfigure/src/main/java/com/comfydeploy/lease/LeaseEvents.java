package com.comfydeploy.lease;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the events of one lease one after the other, whichever threads they come
 * from, and without a lock that a listener could wait for.
 */
final class LeaseEvents {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private final Consumer<SessionLeaseEvent> listener;

	private final Queue<SessionLeaseEvent> queue = new ArrayDeque<>();

	private boolean publishing;

	LeaseEvents(Consumer<SessionLeaseEvent> listener) {
		this.listener = listener;
	}

	/**
	 * Note an event to be published.
	 */
	synchronized void add(SessionLeaseEvent event) {
		this.queue.add(event);
	}

	/**
	 * Publish what has been noted, unless another thread is at it.
	 */
	void publish() {
		SessionLeaseEvent event = next(false);
		while (event != null) {
			publish(event);
			event = next(true);
		}
	}

	private synchronized @Nullable SessionLeaseEvent next(boolean mine) {
		if (this.publishing && !mine) {
			return null;
		}
		SessionLeaseEvent event = this.queue.poll();
		this.publishing = (event != null);
		return event;
	}

	private void publish(SessionLeaseEvent event) {
		try {
			this.listener.accept(event);
		}
		catch (Throwable ex) {
			// A lease does not fail for its audience
			logger.warn("A listener failed for " + event, ex);
		}
	}

}
