package com.comfydeploy.internal.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Locale;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.TruncatedChunkException;
import org.apache.hc.core5.io.Closer;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * An exchange in progress. Its deadline and the end of the transport close the resource
 * that its thread waits for. An interrupt of the thread also closes the channel: the
 * JDK's channels do this themselves.
 */
final class Exchange {

	/** Effectively never, and small enough not to overflow. */
	private static final long NEVER = Long.MAX_VALUE / 4;

	private final long connectTimeout;

	private final long timeout;

	private final long idleTimeout;

	private long end;

	private volatile long deadline;

	private boolean connecting;

	private boolean completed;

	private volatile boolean sent;

	private @Nullable Closeable resource;

	private @Nullable Reason abortReason;

	/**
	 * Create an exchange.
	 * @param idleTimeout limit of the time without progress after connecting, or
	 * {@code null}
	 */
	Exchange(Duration connectTimeout, Duration timeout, @Nullable Duration idleTimeout) {
		this.timeout = Math.min(Durations.toNanos(timeout), NEVER);
		this.connectTimeout = Math.min(Durations.toNanos(connectTimeout), this.timeout);
		this.idleTimeout = (idleTimeout != null) ? Math.min(Durations.toNanos(idleTimeout), NEVER) : NEVER;
		this.end = System.nanoTime() + this.timeout;
		connecting();
	}

	/**
	 * Return the deadline, as a value of {@link System#nanoTime()}.
	 */
	long deadline() {
		return this.deadline;
	}

	long remainingNanos() {
		return this.deadline - System.nanoTime();
	}

	/**
	 * Set the resource that the calling thread is about to wait for, and close the
	 * previous one.
	 * @param resource closed when the exchange is aborted or fails
	 */
	void waitFor(Closeable resource) throws TransportException {
		@Nullable Closeable previous;
		synchronized (this) {
			previous = this.resource;
			this.resource = resource;
		}
		if (previous != resource) {
			Closer.closeQuietly(previous);
		}
		check();
	}

	/**
	 * Set the deadline for connecting, for the first time or again.
	 */
	synchronized void connecting() {
		this.connecting = true;
		this.deadline = Math.min(System.nanoTime() + this.connectTimeout, this.end);
	}

	/**
	 * Replace the deadline for connecting with that of the whole exchange.
	 */
	synchronized void connected() {
		this.connecting = false;
		progressed();
	}

	/**
	 * Record that bytes of the request or of the response were transferred.
	 */
	synchronized void progressed() {
		if (!this.connecting) {
			long idle = System.nanoTime() + this.idleTimeout;
			this.deadline = (idle - this.end < 0) ? idle : this.end;
		}
	}

	synchronized void removeDeadline() {
		this.end = System.nanoTime() + NEVER;
		this.deadline = this.end;
	}

	/**
	 * Record that the first byte of the request is about to be handed to the socket.
	 */
	void markSent() throws TransportException {
		check();
		this.sent = true;
	}

	/**
	 * Record that only a proxy received the request, and did not forward it.
	 */
	void markNotSent() {
		this.sent = false;
	}

	/**
	 * Throw an exception if the exchange has been aborted or its thread interrupted.
	 */
	void check() throws TransportException {
		if (abortReason() != null || Thread.currentThread().isInterrupted()) {
			throw failure(new IOException());
		}
	}

	/**
	 * Throw an exception if the exchange has been aborted: a closed channel can look like
	 * the end of the response.
	 */
	void checkNotAborted() throws TransportException {
		if (abortReason() != null) {
			throw failure(new IOException());
		}
	}

	/**
	 * End the exchange from any thread, unless it is completed.
	 */
	void abort(Reason reason) {
		@Nullable Closeable resource;
		synchronized (this) {
			if (this.completed || this.abortReason != null) {
				return;
			}
			this.abortReason = reason;
			resource = this.resource;
		}
		Closer.closeQuietly(resource);
	}

	/**
	 * Complete the exchange: from now on it cannot be aborted, and its connection can
	 * serve another one.
	 * @return whether the connection is still open
	 */
	synchronized boolean complete() {
		this.completed = true;
		this.resource = null;
		return this.abortReason == null;
	}

	/**
	 * Complete the exchange and close its resource, unless it is already completed.
	 */
	void release() {
		@Nullable Closeable resource;
		synchronized (this) {
			resource = this.resource;
			complete();
		}
		Closer.closeQuietly(resource);
	}

	/**
	 * Return the exception to throw for a failure on the thread of the exchange.
	 */
	TransportException failure(Exception ex) {
		if (ex instanceof TransportException failure) {
			return failure;
		}
		Reason reason = abortReason();
		if (reason == null) {
			reason = Thread.currentThread().isInterrupted() ? Reason.INTERRUPTED : reasonOf(ex);
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

	private synchronized @Nullable Reason abortReason() {
		return this.abortReason;
	}

	private synchronized TransportException timeout() {
		boolean idle = this.deadline - this.end < 0;
		HttpTimeoutException cause = this.connecting
				? new HttpConnectTimeoutException("not connected within " + this.connectTimeout / 1_000_000 + " ms")
				: new HttpTimeoutException(idle ? "no data transferred within " + this.idleTimeout / 1_000_000 + " ms"
						: "no complete response within " + this.timeout / 1_000_000 + " ms");
		return new TransportException(message(cause), cause, Reason.TIMED_OUT, this.sent);
	}

	private static String message(Exception ex) {
		String message = (ex.getMessage() != null) ? ex.getMessage() : ex.getClass().getSimpleName();
		return (ex instanceof UnknownHostException) ? "unknown host: " + message : message;
	}

	private Reason reasonOf(Exception ex) {
		for (Throwable t = ex; t != null; t = t.getCause()) {
			if (t instanceof CertificateException || t instanceof CertPathValidatorException
					|| t instanceof SSLPeerUnverifiedException || isCertificateAlert(t)) {
				return Reason.UNTRUSTED;
			}
		}
		if (ex instanceof RuntimeException && !this.sent) {
			return Reason.MISCONFIGURED;
		}
		boolean malformed = ex instanceof HttpException || ex instanceof ProtocolException
				|| ex instanceof RuntimeException
				|| (ex instanceof MalformedChunkCodingException && !(ex instanceof TruncatedChunkException));
		return malformed ? Reason.PROTOCOL_ERROR : Reason.IO_ERROR;
	}

	/** The server rejected the client's certificate: only the JDK's message says so. */
	private static boolean isCertificateAlert(Throwable ex) {
		String message = String.valueOf(ex.getMessage()).toLowerCase(Locale.ROOT);
		return ex instanceof SSLException && message.contains("received fatal alert")
				&& (message.contains("certificate") || message.contains("unknown_ca"));
	}

}
