package com.comfydeploy.session;

import java.util.Iterator;

/**
 * The log of a session, from its start and as it is written. Reading waits for the next
 * entry without a time limit. The server rarely ends the log: it ends when any thread
 * {@linkplain #close() closes} it, when the reading thread is interrupted, or when the
 * connection {@linkplain #isBroken() breaks}, after which it can be {@linkplain #resume()
 * resumed}.
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
	 * Return the entries. There is one iterator, for one thread at a time: asked again,
	 * it continues where it was.
	 * @return the iterator, whose {@code hasNext} waits
	 */
	@Override
	Iterator<SessionLogEntry> iterator();

	/**
	 * Return whether the log has ended because its connection broke, so that entries may
	 * follow. A log that was closed, whose reader was interrupted, or that the server has
	 * ended is not broken.
	 * @return whether the connection broke
	 */
	default boolean isBroken() {
		return false;
	}

	/**
	 * Close this log, if it is open, and open it again after the last entry that was
	 * read. The server sends a log from its start each time: as many entries as were read
	 * are dropped.
	 * @return a log that continues this one, to be closed by the caller
	 * @throws com.comfydeploy.error.ComfyDeployException if the log cannot be opened
	 * @throws UnsupportedOperationException if an implementation of the application's own
	 * does not have it
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /v2/stream-logs?session_id=</a>
	 */
	default SessionLog resume() {
		throw new UnsupportedOperationException("Cannot resume a " + getClass().getName());
	}

	/**
	 * End the log, also for a thread that is waiting for its next entry.
	 */
	@Override
	void close();

}
