package com.comfydeploy.internal.http;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when a request has no usable response.
 */
@SuppressWarnings("serial")
public final class TransportException extends IOException {

	private final Reason reason;

	private final boolean sent;

	/**
	 * Create an exception.
	 * @param message the message
	 * @param cause the failure of the JDK or of HttpCore, or {@code null}
	 * @param reason the kind of failure
	 * @param sent whether the first byte of the request was handed to the socket
	 */
	public TransportException(String message, @Nullable Throwable cause, Reason reason, boolean sent) {
		super(message, cause);
		this.reason = reason;
		this.sent = sent;
	}

	/**
	 * Return the kind of failure.
	 * @return the kind of failure
	 */
	public Reason getReason() {
		return this.reason;
	}

	/**
	 * Return whether the server may have received the request: whether its first byte was
	 * handed to the socket. Name lookup, connect, a proxy's CONNECT and the TLS handshake
	 * all come before that.
	 * @return {@code false} if nothing was sent
	 */
	public boolean isSent() {
		return this.sent;
	}

	/**
	 * The kinds of failure.
	 */
	public enum Reason {

		/** The transport was closed. */
		CLOSED(false),

		/** The calling thread was interrupted. Its interrupt flag is set. */
		INTERRUPTED(false),

		/** The connect timeout or the timeout of the request has elapsed. */
		TIMED_OUT(true),

		/** A certificate was rejected, the server's or the client's. */
		UNTRUSTED(false),

		/** The request asks for a response that cannot be decoded. */
		UNSUPPORTED(false),

		/**
		 * A proxy selector, an authenticator or a TLS setting is invalid. Nothing was
		 * sent.
		 */
		MISCONFIGURED(false),

		/** A proxy refused to connect, with a status from 400 to 499. */
		PROXY_REFUSED(false),

		/** The response is not HTTP/1.1. */
		PROTOCOL_ERROR(true),

		/** A body that is read as a stream is longer than its bound. */
		TOO_LARGE(false),

		/**
		 * Any other failure, such as an unknown host, a refused connection or a reset.
		 */
		IO_ERROR(true);

		private final boolean transientFailure;

		Reason(boolean transientFailure) {
			this.transientFailure = transientFailure;
		}

		/**
		 * Return whether the same request may succeed later.
		 * @return whether the failure is transient
		 */
		public boolean isTransient() {
			return this.transientFailure;
		}

	}

}
