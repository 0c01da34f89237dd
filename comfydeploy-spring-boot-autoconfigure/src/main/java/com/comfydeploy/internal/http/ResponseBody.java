package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * The body of a response while it is read. At its end, or when it is closed, the exchange
 * is over.
 */
final class ResponseBody extends InputStream {

	private static final int INITIAL_CAPACITY = 1024;

	private static final int MAX_INITIAL_CAPACITY = 64 * 1024;

	private final InputStream raw;

	private final boolean gzip;

	private final long bound;

	private final Exchange exchange;

	private final Listener listener;

	private InputStream decoded;

	private long count;

	private boolean opened;

	private volatile boolean over;

	private boolean complete;

	/**
	 * Create a body.
	 * @param raw the body as it comes
	 * @param gzip whether it is decoded while it is read
	 * @param bound the most that is read of it, decoded
	 * @param listener hears of the end, once
	 */
	ResponseBody(InputStream raw, boolean gzip, long bound, Exchange exchange, Listener listener) {
		this.raw = raw;
		this.decoded = raw;
		this.gzip = gzip;
		this.bound = bound;
		this.exchange = exchange;
		this.listener = listener;
	}

	/**
	 * Read the whole body as it comes, but not more than its bound, and end the exchange.
	 * @param expected the length to expect, or -1
	 */
	byte[] readUpToBound(long expected) throws TransportException {
		long capacity = (expected >= 0) ? Math.min(expected, MAX_INITIAL_CAPACITY) : INITIAL_CAPACITY;
		byte[] bytes = new byte[(int) Math.min(capacity, this.bound)];
		int size = 0;
		boolean complete = expected == 0;
		while (!complete && size < this.bound) {
			if (size == bytes.length) {
				bytes = Arrays.copyOf(bytes, (int) Math.min(this.bound, Math.max(INITIAL_CAPACITY, size * 2L)));
			}
			int read = readDecoded(bytes, size, bytes.length - size);
			size += Math.max(0, read);
			complete = read < 0 || size == expected;
		}
		end(complete);
		return (size == bytes.length) ? bytes : Arrays.copyOf(bytes, size);
	}

	/**
	 * Whether the body has been read to its end.
	 */
	boolean isComplete() {
		return this.complete;
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xff;
	}

	@Override
	public int read(byte[] bytes, int offset, int length) throws TransportException {
		if (length == 0) {
			return 0;
		}
		int read = this.over ? -1 : readDecoded(bytes, offset, length);
		if (read < 0) {
			end(true);
			return -1;
		}
		this.count += read;
		if (this.count > this.bound) {
			end(false);
			throw new TransportException("the body is longer than " + this.bound + " bytes", null, Reason.TOO_LARGE,
					true);
		}
		return read;
	}

	private int readDecoded(byte[] bytes, int offset, int length) throws TransportException {
		try {
			if (this.gzip && !this.opened) {
				this.decoded = new GZIPInputStream(this.raw);
				this.opened = true;
			}
			return this.decoded.read(bytes, offset, length);
		}
		catch (IOException | RuntimeException ex) {
			TransportException failure = this.exchange.failure(ex);
			end(false);
			throw failure;
		}
	}

	void removeDeadline() {
		this.exchange.removeDeadline();
	}

	/**
	 * Close the connection, unless the body has been read to its end.
	 */
	@Override
	public void close() {
		end(false);
	}

	private void end(boolean complete) {
		if (!this.over) {
			this.over = true;
			this.complete = complete;
			this.listener.onEnd(complete);
		}
	}

	/**
	 * Hears of the end of a body.
	 */
	@FunctionalInterface
	interface Listener {

		/**
		 * Called at the end.
		 * @param complete whether it has been read to its end
		 */
		void onEnd(boolean complete);

	}

}
