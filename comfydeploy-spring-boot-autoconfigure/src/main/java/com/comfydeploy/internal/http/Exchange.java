package com.comfydeploy.internal.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Locale;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.apache.hc.core5.http.HttpException;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * An exchange under way. Its deadline, or the end of the transport, closes what it waits
 * for; so does an interrupt, which the JDK's channels see to.
 */
final class Exchange {

	/** As good as never, and cannot overflow. */
	private static final long NEVER = Long.MAX_VALUE / 4;

	private final long start = System.nanoTime();

	private final long connectTimeout;

	private final long timeout;

	private volatile long deadline;

	private boolean connecting = true;

	private boolean over;

	private volatile boolean sent;

	private @Nullable Closeable resource;

	private @Nullable Reason cut;

	Exchange(Duration connectTimeout, Duration timeout) {
		this.timeout = nanos(timeout);
		this.connectTimeout = Math.min(nanos(connectTimeout), this.timeout);
		this.deadline = this.start + this.connectTimeout;
	}

	/**
	 * Return the time of {@link System#nanoTime()} at which it is to be cut.
	 */
	long deadline() {
		return this.deadline;
	}

	long remainingNanos() {
		return this.deadline - System.nanoTime();
	}

	/**
	 * Name what the calling thread is about to wait for.
	 * @param resource closed when the exchange is cut
	 */
	void waitFor(Closeable resource) throws TransportException {
		synchronized (this) {
			if (this.cut == null) {
				this.resource = resource;
				return;
			}
		}
		closeQuietly(resource);
		check();
	}

	/**
	 * From here on the timeout of the request counts.
	 */
	void connected() {
		synchronized (this) {
			this.connecting = false;
			this.deadline = this.start + this.timeout;
		}
	}

	void removeDeadline() {
		this.deadline = this.start + NEVER;
	}

	/**
	 * Called before the first byte of the request is handed to the socket.
	 */
	void sending() throws TransportException {
		if (!this.sent) {
			check();
			this.sent = true;
		}
	}

	void check() throws TransportException {
		if (reason() != null || Thread.currentThread().isInterrupted()) {
			throw failure(new IOException());
		}
	}

	/**
	 * End the exchange, from any thread, unless it is over.
	 */
	void cut(Reason reason) {
		Closeable resource;
		synchronized (this) {
			if (this.over || this.cut != null) {
				return;
			}
			this.cut = reason;
			resource = this.resource;
		}
		if (resource != null) {
			closeQuietly(resource);
		}
	}

	/**
	 * Say that nothing is waited for any more.
	 * @return whether what it has used is still open
	 */
	synchronized boolean end() {
		this.over = true;
		return this.cut == null;
	}

	TransportException failure(Exception ex) {
		if (ex instanceof TransportException failure) {
			return failure;
		}
		Reason reason = reason();
		if (reason == null) {
			reason = Thread.currentThread().isInterrupted() ? Reason.INTERRUPTED : reason(ex);
		}
		return switch (reason) {
			case CLOSED -> new TransportException("the client has been closed", null, reason, this.sent);
			case INTERRUPTED -> new TransportException(
					"interrupted " + (this.sent ? "while waiting for the response" : "before sending"), null, reason,
					this.sent);
			case TIMED_OUT -> timeout();
			default -> new TransportException(message(ex), ex, reason, this.sent);
		};
	}

	private synchronized @Nullable Reason reason() {
		return this.cut;
	}

	private synchronized TransportException timeout() {
		HttpTimeoutException cause = this.connecting
				? new HttpConnectTimeoutException("not connected within " + this.connectTimeout / 1_000_000 + " ms")
				: new HttpTimeoutException("no complete response within " + this.timeout / 1_000_000 + " ms");
		return new TransportException(message(cause), cause, Reason.TIMED_OUT, this.sent);
	}

	/**
	 * The request has gone to a proxy that did not pass it on.
	 */
	void notSent() {
		this.sent = false;
	}

	private static String message(Exception ex) {
		return (ex.getMessage() != null) ? ex.getMessage() : ex.getClass().getSimpleName();
	}

	private static Reason reason(Exception ex) {
		for (Throwable t = ex; t != null; t = t.getCause()) {
			if (t instanceof CertificateException || t instanceof CertPathValidatorException
					|| t instanceof SSLPeerUnverifiedException || isCertificateAlert(t)) {
				return Reason.UNTRUSTED;
			}
		}
		return (ex instanceof HttpException || ex instanceof ProtocolException || ex instanceof RuntimeException)
				? Reason.PROTOCOL_ERROR : Reason.IO_ERROR;
	}

	/** The server rejects a certificate of ours: the JDK has it in the message only. */
	private static boolean isCertificateAlert(Throwable ex) {
		String message = String.valueOf(ex.getMessage()).toLowerCase(Locale.ROOT);
		return ex instanceof SSLException && message.contains("received fatal alert")
				&& (message.contains("certificate") || message.contains("unknown_ca"));
	}

	private static long nanos(Duration duration) {
		return (duration.getSeconds() < NEVER / 1_000_000_000) ? duration.toNanos() : NEVER;
	}

	static void closeQuietly(Closeable resource) {
		try {
			resource.close();
		}
		catch (IOException ex) {
			// nobody uses it any more
		}
	}

}
