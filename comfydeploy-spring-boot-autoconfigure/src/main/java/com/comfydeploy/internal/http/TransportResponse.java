package com.comfydeploy.internal.http;

import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * A response, with its body or with a stream that must be closed.
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
	 * Return the headers, without coding and length if the body has been decoded.
	 * @return the headers; names are case-insensitive
	 */
	public Map<String, List<String>> headers() {
		return this.headers;
	}

	/**
	 * Return the body, decoded and up to its maximum size.
	 * @return the body, not copied; empty if it is a stream
	 */
	public byte[] body() {
		return this.body;
	}

	/**
	 * Return whether the body was longer than its maximum size.
	 * @return whether it is truncated
	 */
	public boolean isTruncated() {
		return this.truncated;
	}

	/**
	 * Return whether the body is a stream that has not been read.
	 * @return whether it must be closed
	 */
	public boolean isStream() {
		return this.stream != null;
	}

	/**
	 * Return the body as a stream. An interrupt ends its reader, and any thread can close
	 * it. It only throws {@link TransportException}s.
	 * @return the stream
	 */
	public InputStream stream() {
		return (this.stream != null) ? this.stream : new ByteArrayInputStream(this.body);
	}

	/**
	 * Remove the timeout of the stream: only the server, its reader or the transport end
	 * it from now on.
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
