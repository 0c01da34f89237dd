package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;

import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.io.HttpTransportMetrics;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.apache.hc.core5.util.CharArrayBuffer;

/**
 * Parses lines that end with CR and LF. HttpCore alone accepts a bare LF as the end of a
 * line, and the end of the stream as the end of a head.
 */
final class StrictLineParser implements SessionInputBuffer {

	private static final int MAX_LENGTH = 16 * 1024;

	private final SessionInputBuffer buffer;

	private final boolean head;

	private int lines;

	/**
	 * Create a parser.
	 * @param buffer the buffer of the connection
	 * @param head whether to parse the head of a response, before which the stream may
	 * end, or chunks
	 */
	StrictLineParser(SessionInputBuffer buffer, boolean head) {
		this.buffer = buffer;
		this.head = head;
	}

	@Override
	public int readLine(CharArrayBuffer line, InputStream in) throws IOException {
		int length = 0;
		int c;
		while ((c = this.buffer.read(in)) != '\r') {
			if (c < 0 && this.head && this.lines == 0 && length == 0) {
				return -1;
			}
			if (c < 0) {
				throw new ConnectionClosedException("the response is incomplete");
			}
			if (c == '\n' || c == 0 || (length == 0 && !canStartLine((char) c))) {
				throw new ProtocolException("a line of the response has an invalid character");
			}
			if (++length > MAX_LENGTH) {
				throw new ProtocolException("a line of the response is longer than " + MAX_LENGTH + " bytes");
			}
			line.append((char) c);
		}
		if (this.buffer.read(in) != '\n') {
			throw new ProtocolException("a line of the response does not end with CR and LF");
		}
		this.lines++;
		return length;
	}

	/**
	 * A line that begins with a blank continues a header, if there is one before it. The
	 * size of a chunk has no sign.
	 */
	private boolean canStartLine(char c) {
		return ((c != ' ' && c != '\t') || this.lines >= 2) && (this.head || (c != '+' && c != '-'));
	}

	@Override
	public int length() {
		return this.buffer.length();
	}

	@Override
	public int capacity() {
		return this.buffer.capacity();
	}

	@Override
	public int available() {
		return this.buffer.available();
	}

	@Override
	public int read(byte[] bytes, int offset, int length, InputStream in) throws IOException {
		return this.buffer.read(bytes, offset, length, in);
	}

	@Override
	public int read(byte[] bytes, InputStream in) throws IOException {
		return this.buffer.read(bytes, in);
	}

	@Override
	public int read(InputStream in) throws IOException {
		return this.buffer.read(in);
	}

	@Override
	public HttpTransportMetrics getMetrics() {
		return this.buffer.getMetrics();
	}

}
