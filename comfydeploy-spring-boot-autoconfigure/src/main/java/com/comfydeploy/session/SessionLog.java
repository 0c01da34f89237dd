package com.comfydeploy.session;

import java.util.Iterator;

/**
 * Log of a session that the client reads entry by entry while the server writes it.
 * Reading blocks without a time limit until the next entry arrives. The server rarely
 * ends the log. It ends when any thread {@linkplain #close() closes} it, when the reading
 * thread is interrupted, or when the connection {@linkplain #isBroken() breaks}. In the
 * last case it can be {@linkplain #resume() resumed}.
 *
 * <pre class="code">
 * try (SessionLog log = sessions.streamLog(sessionId)) {
 *     for (SessionLogEntry entry : log) {
 *         System.out.println(entry.message());
 *     }
 * }
 * </pre>
 *
 * @see SessionOperations#streamLog(String)
 */
public interface SessionLog extends Iterable<SessionLogEntry>, AutoCloseable {

	/**
	 * Return an iterator over the entries, for use by one thread at a time. Further calls
	 * return iterators that continue at the same position.
	 * @return the iterator, whose {@code hasNext} blocks until the next entry arrives
	 */
	@Override
	Iterator<SessionLogEntry> iterator();

	/**
	 * Return whether the log ended because its connection broke. In this case, further
	 * entries may exist. The result is {@code false} if the log was closed, if its reader
	 * was interrupted, or if the server ended the log.
	 * @return whether the connection broke
	 */
	default boolean isBroken() {
		return false;
	}

	/**
	 * Close this log if it is open, and open it again after the last entry that was read.
	 * The server always sends the log from its start, so the client skips the entries
	 * that were read before.
	 * @return a log that continues this one, which the caller must close
	 * @throws com.comfydeploy.error.ComfyDeployException if the log cannot be opened
	 * @throws UnsupportedOperationException if a custom implementation does not support
	 * it
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /v2/stream-logs?session_id=</a>
	 */
	default SessionLog resume() {
		throw new UnsupportedOperationException("Cannot resume a " + getClass().getName());
	}

	/**
	 * Close the log. A thread that waits for the next entry stops waiting.
	 */
	@Override
	void close();

}
