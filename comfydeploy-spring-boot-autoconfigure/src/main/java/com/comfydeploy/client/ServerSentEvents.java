package com.comfydeploy.client;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * Reader of server-sent events. Names, ids and comments are ignored.
 *
 * @see <a href=
 * "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">HTML,
 * interpreting an event stream</a>
 */
final class ServerSentEvents implements Closeable {

	/** Limit for an event: a longer one is not a log entry. */
	private static final int MAX_LENGTH = 1024 * 1024;

	private static final String DATA = "data";

	private static final char BYTE_ORDER_MARK = '\uFEFF';

	private final InputStream stream;

	private final Reader reader;

	private boolean first = true;

	private boolean afterCarriageReturn;

	ServerSentEvents(InputStream stream) {
		this.stream = stream;
		this.reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
	}

	/**
	 * Wait for the next event.
	 * @return its data, or {@code null} at the end of the stream
	 */
	@Nullable String next() throws IOException {
		StringBuilder data = new StringBuilder();
		boolean hasData = false;
		String line;
		while ((line = readLine()) != null) {
			if (line.isEmpty()) {
				if (hasData) {
					return data.toString();
				}
			}
			else if (line.equals(DATA) || line.startsWith(DATA + ":")) {
				data.append(hasData ? "\n" : "").append(value(line));
				hasData = true;
			}
			if (data.length() > MAX_LENGTH) {
				throw new IOException("An event is longer than " + MAX_LENGTH + " characters");
			}
		}
		return null;
	}

	private static String value(String line) {
		int start = Math.min(DATA.length() + 1, line.length());
		return line.startsWith(" ", start) ? line.substring(start + 1) : line.substring(start);
	}

	/**
	 * Read a line, which ends with CR, LF or both. An incomplete line at the end of the
	 * stream is ignored.
	 */
	private @Nullable String readLine() throws IOException {
		StringBuilder line = new StringBuilder();
		int c;
		while ((c = this.reader.read()) >= 0) {
			boolean start = this.first;
			this.first = false;
			boolean secondHalf = c == '\n' && this.afterCarriageReturn;
			this.afterCarriageReturn = c == '\r';
			if (secondHalf || (start && c == BYTE_ORDER_MARK)) {
				continue;
			}
			if (c == '\n' || c == '\r') {
				return line.toString();
			}
			line.append((char) c);
			if (line.length() > MAX_LENGTH) {
				throw new IOException("A line is longer than " + MAX_LENGTH + " characters");
			}
		}
		return null;
	}

	/**
	 * Close the stream from any thread. Closing the reader would wait for the thread that
	 * reads.
	 */
	@Override
	public void close() throws IOException {
		this.stream.close();
	}

}
