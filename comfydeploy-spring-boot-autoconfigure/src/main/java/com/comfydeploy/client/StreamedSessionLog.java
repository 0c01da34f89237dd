package com.comfydeploy.client;

import java.io.IOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.function.LongFunction;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

/**
 * {@link SessionLog} over a stream of events.
 */
final class StreamedSessionLog implements SessionLog, Iterator<SessionLogEntry> {

	private static final Log logger = LogFactory.getLog(StreamedSessionLog.class);

	private final ServerSentEvents events;

	private final Function<String, SessionLogEntry> reader;

	private final LongFunction<SessionLog> opener;

	private volatile long entriesRead;

	private long entriesToSkip;

	private @Nullable SessionLogEntry next;

	private volatile boolean closed;

	private volatile boolean broken;

	/**
	 * Create a log.
	 * @param events the events, from the start of the log
	 * @param reader reads an event
	 * @param entriesToSkip the number of entries that have been read before
	 * @param opener opens the log again, with a number of entries to skip
	 */
	StreamedSessionLog(ServerSentEvents events, Function<String, SessionLogEntry> reader, long entriesToSkip,
			LongFunction<SessionLog> opener) {
		this.events = events;
		this.reader = reader;
		this.entriesToSkip = entriesToSkip;
		this.entriesRead = entriesToSkip;
		this.opener = opener;
	}

	@Override
	public Iterator<SessionLogEntry> iterator() {
		return this;
	}

	@Override
	public boolean hasNext() {
		if (this.next == null && !this.closed) {
			this.next = readNext();
		}
		return this.next != null;
	}

	@Override
	public SessionLogEntry next() {
		if (!hasNext() || this.next == null) {
			throw new NoSuchElementException("The log has ended");
		}
		SessionLogEntry entry = this.next;
		this.next = null;
		this.entriesRead++;
		return entry;
	}

	private @Nullable SessionLogEntry readNext() {
		try {
			String event = this.events.next();
			while (event != null && this.entriesToSkip > 0) {
				this.entriesToSkip--;
				event = this.events.next();
			}
			if (event != null && !this.closed) {
				return this.reader.apply(event);
			}
		}
		catch (IOException ex) {
			if (!this.closed) {
				logger.debug("stream-log: the connection ended: " + ex.getMessage());
				this.broken = !Thread.currentThread().isInterrupted();
			}
		}
		close();
		return null;
	}

	@Override
	public boolean isBroken() {
		return this.broken;
	}

	@Override
	public SessionLog resume() {
		close();
		return this.opener.apply(this.entriesRead);
	}

	@Override
	public void close() {
		this.closed = true;
		try {
			this.events.close();
		}
		catch (IOException ex) {
			// It is closed anyway
		}
	}

}
