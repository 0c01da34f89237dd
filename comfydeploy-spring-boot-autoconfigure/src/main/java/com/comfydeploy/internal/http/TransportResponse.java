package com.comfydeploy.internal.http;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A response, with its body or with a stream that must be closed.
 *
 * @param status the status code, from 200 to 999
 * @param headers the headers, without coding and length if the body has been decoded;
 * names are case-insensitive
 * @param body the body, decoded and up to its maximum size; empty if it is a stream
 * @param truncated whether the body was longer than its maximum size
 * @param unread the body if it is a stream, or {@code null}
 */
public record TransportResponse(int status, Map<String, List<String>> headers, byte[] body, boolean truncated,
		@Nullable ResponseBody unread) implements Closeable {

	/**
	 * Return whether the body is a stream that has not been read.
	 * @return whether it must be closed
	 */
	public boolean isStream() {
		return this.unread != null;
	}

	/**
	 * Return the body as a stream. An interrupt ends its reader, and any thread can close
	 * it. It only throws {@link TransportException}s.
	 * @return the stream
	 */
	public InputStream stream() {
		return (this.unread != null) ? this.unread : new ByteArrayInputStream(this.body);
	}

	/**
	 * Remove the timeout of the stream: only the server, its reader or the transport end
	 * it from now on.
	 */
	public void removeDeadline() {
		if (this.unread != null) {
			this.unread.removeDeadline();
		}
	}

	/**
	 * Close the stream and its connection, if it has not been read to its end.
	 */
	@Override
	public void close() {
		if (this.unread != null) {
			this.unread.close();
		}
	}

}
