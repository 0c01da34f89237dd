package com.comfydeploy.session;

import java.util.Iterator;

/**
 * The log of a session, from its start and as it comes. Reading it waits for the next
 * entry without a time limit: the server ends it never, so it ends when it is
 * {@linkplain #close() closed}, which any thread may do, when the reading thread is
 * interrupted, or with the connection.
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
	 * End the log, also for a thread that is waiting for its next entry.
	 */
	@Override
	void close();

}
