package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * The body of a response while it is read. Its end, or closing it, completes the
 * exchange.
 */
final class ResponseBody extends InputStream {

	private final InputStream raw;

	private final boolean gzip;

	private final long bound;

	private final Exchange exchange;

	private final Consumer<Boolean> onComplete;

	private @Nullable InputStream decoded;

	private long count;

	private final AtomicBoolean completed = new AtomicBoolean();

	private boolean atEnd;

	/** Whether there are bytes after the end of the coding. */
	private boolean trailing;

	/**
	 * Create a body.
	 * @param raw the body as received
	 * @param gzip whether to decode the body while it is read
	 * @param bound the maximum number of bytes, after decoding
	 * @param exchange the exchange
	 * @param onComplete called once, with whether the body has been read to its end
	 */
	ResponseBody(InputStream raw, boolean gzip, long bound, Exchange exchange, Consumer<Boolean> onComplete) {
		this.raw = raw;
		this.gzip = gzip;
		this.bound = bound;
		this.exchange = exchange;
		this.onComplete = onComplete;
	}

	/**
	 * Read the whole body, up to its bound, and complete the exchange.
	 * @param expected the expected length, or -1
	 */
	byte[] readUpToBound(long expected) throws IOException {
		byte[] bytes = readNBytes((int) ((expected >= 0) ? Math.min(expected, this.bound) : this.bound));
		if (!this.completed.get()) {
			complete(expected <= this.bound && readDecoded(new byte[1], 0, 1) < 0);
		}
		return bytes;
	}

	/**
	 * Return whether the body has been read to its end.
	 */
	boolean isComplete() {
		return this.atEnd;
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
		int read = this.completed.get() ? -1 : readDecoded(bytes, offset, length);
		if (read < 0) {
			complete(true);
			if (!this.atEnd) {
				throw new TransportException("the response has been closed", null, Reason.IO_ERROR, true);
			}
			return -1;
		}
		this.count += read;
		if (this.count > this.bound) {
			complete(false);
			throw new TransportException("the body is longer than " + this.bound + " bytes", null, Reason.TOO_LARGE,
					true);
		}
		return read;
	}

	private int readDecoded(byte[] bytes, int offset, int length) throws TransportException {
		try {
			if (this.decoded == null) {
				this.decoded = this.gzip ? new GZIPInputStream(this.raw) : this.raw;
			}
			int read = this.decoded.read(bytes, offset, length);
			if (read < 0 && this.gzip) {
				// The end of the coding is not the end of the body
				this.trailing = this.raw.read() >= 0;
			}
			if (read < 0) {
				this.exchange.checkNotAborted();
			}
			this.exchange.progressed();
			return read;
		}
		catch (IOException | RuntimeException ex) {
			TransportException failure = this.exchange.failure(ex);
			complete(false);
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
		complete(false);
	}

	private void complete(boolean atEnd) {
		if (this.completed.compareAndSet(false, true)) {
			this.atEnd = atEnd;
			this.onComplete.accept(atEnd && !this.trailing);
		}
	}

}
