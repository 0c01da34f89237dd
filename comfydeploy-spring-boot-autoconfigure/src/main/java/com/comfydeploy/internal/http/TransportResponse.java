package com.comfydeploy.internal.http;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A response: the whole of it, or its head and a stream that is to be closed.
 */
public final class TransportResponse implements Closeable {

	private final int status;

	private final Map<String, List<String>> headers;

	private final byte[] body;

	private final boolean truncated;

	private final @Nullable ResponseBody stream;

	TransportResponse(int status, Map<String, List<String>> headers, byte[] body, boolean truncated,
			@Nullable ResponseBody stream) {
		this.status = status;
		this.headers = headers;
		this.body = body;
		this.truncated = truncated;
		this.stream = stream;
	}

	/**
	 * Return the status code, from 200 to 999.
	 * @return the status code
	 */
	public int status() {
		return this.status;
	}

	/**
	 * Return the headers. Those of a body that has been decoded do not speak of its
	 * coding and length.
	 * @return the headers, by name in any case
	 */
	public Map<String, List<String>> headers() {
		return this.headers;
	}

	/**
	 * Return the body, decoded, and not longer than its bound.
	 * @return the body, not copied; empty if it is a stream
	 */
	public byte[] body() {
		return this.body;
	}

	/**
	 * Return whether the body has been cut at its bound.
	 * @return whether there was more
	 */
	public boolean isTruncated() {
		return this.truncated;
	}

	/**
	 * Return whether the body is a stream that has not been read.
	 * @return whether to close it
	 */
	public boolean isStream() {
		return this.stream != null;
	}

	/**
	 * Return the body as a stream. Its reader can be interrupted, and any thread can
	 * close it. It throws {@link TransportException}s only.
	 * @return the stream
	 */
	public InputStream stream() {
		return (this.stream != null) ? this.stream : new ByteArrayInputStream(this.body);
	}

	/**
	 * Let the stream be read for as long as it takes: from now on it ends with the
	 * server, its reader or the transport.
	 */
	public void removeDeadline() {
		if (this.stream != null) {
			this.stream.removeDeadline();
		}
	}

	/**
	 * Close the stream and its connection, if it has not been read to its end.
	 */
	@Override
	public void close() {
		if (this.stream != null) {
			this.stream.close();
		}
	}

}
