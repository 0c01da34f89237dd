package com.comfydeploy.lease;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

/**
 * The last lines of a session's log. The server never ends a log, so it is read until
 * {@link #close()}.
 */
final class LeaseLog implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private static final int LINES = 10;

	private final String sessionId;

	private final LeaseOperations operations;

	private final CompletableFuture<Void> done = new CompletableFuture<>();

	private final Deque<String> lines = new ArrayDeque<>();

	private @Nullable SessionLog log;

	private boolean closed;

	LeaseLog(String sessionId, LeaseOperations operations) {
		this.sessionId = sessionId;
		this.operations = operations;
	}

	/**
	 * Read the log until it is closed.
	 */
	void read() {
		try (SessionLog opened = this.operations.streamLog(this.sessionId)) {
			if (begin(opened)) {
				for (SessionLogEntry entry : opened) {
					add(entry.message());
				}
			}
		}
		catch (Throwable ex) {
			logger.debug("The log of session " + this.sessionId + " could not be read", ex);
		}
		finally {
			this.done.complete(null);
		}
	}

	private synchronized boolean begin(SessionLog log) {
		this.log = log;
		return !this.closed;
	}

	private synchronized void add(String line) {
		this.lines.add(line);
		if (this.lines.size() > LINES) {
			this.lines.remove();
		}
	}

	/**
	 * Return a future that completes when the log has ended: because it cannot be read,
	 * or because the server has ended it.
	 */
	CompletableFuture<Void> done() {
		return this.done;
	}

	/**
	 * Return the last lines read so far.
	 */
	synchronized List<String> lines() {
		return List.copyOf(this.lines);
	}

	@Override
	public void close() {
		SessionLog log;
		synchronized (this) {
			this.closed = true;
			log = this.log;
		}
		if (log != null) {
			log.close();
		}
	}

}
