package com.comfydeploy.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.jspecify.annotations.Nullable;

/**
 * The failure of one attempt: a response that is no success, or none at all.
 */
@SuppressWarnings("serial")
final class AttemptFailure extends RuntimeException {

	private static final Set<Integer> REJECTIONS_TO_RETRY = Set.of(425, 429);

	private static final Set<Integer> STATUS_CODES_TO_REPEAT = Set.of(408, 500, 502, 503, 504);

	private final Fate fate;

	private final @Nullable SessionReply reply;

	private AttemptFailure(Fate fate, @Nullable SessionReply reply, @Nullable Throwable cause) {
		super(null, cause, false, false);
		this.fate = fate;
		this.reply = reply;
	}

	static AttemptFailure of(SessionReply reply) {
		int status = reply.statusCode();
		boolean rejected = status >= 400 && status < 500 && status != 408;
		return new AttemptFailure(rejected ? Fate.REJECTED : Fate.AMBIGUOUS, reply, null);
	}

	static AttemptFailure of(Throwable cause) {
		return new AttemptFailure(isBeforeSending(cause) ? Fate.NOT_SENT : Fate.AMBIGUOUS, null, cause);
	}

	static AttemptFailure notSent(Throwable cause) {
		return new AttemptFailure(Fate.NOT_SENT, null, cause);
	}

	/**
	 * What the server may have made of the request.
	 */
	Fate fate() {
		return this.fate;
	}

	/**
	 * The response, or {@code null} if there was none.
	 */
	@Nullable SessionReply reply() {
		return this.reply;
	}

	/**
	 * The status code, or {@code io} if there was no response.
	 */
	String reason() {
		return (this.reply != null) ? Integer.toString(this.reply.statusCode()) : "io";
	}

	/**
	 * How long the server asks to wait, or {@code null} if it does not.
	 */
	@Nullable Duration retryAfter(Instant now) {
		return (this.reply != null) ? this.reply.retryAfter(now) : null;
	}

	/**
	 * Whether the caller or the application ended the call, whatever came of it before.
	 */
	boolean isEndOfCall() {
		return getCause() instanceof RequestInterruptedException || getCause() instanceof ClientClosedException;
	}

	/**
	 * Whether trying again can help and cannot hurt.
	 * @param repeatable whether the operation may be carried out twice
	 * @param connectionErrors whether failures without a response are tried again
	 */
	boolean isRetryable(boolean repeatable, boolean connectionErrors) {
		if (this.reply != null) {
			int status = this.reply.statusCode();
			return REJECTIONS_TO_RETRY.contains(status) || (repeatable && STATUS_CODES_TO_REPEAT.contains(status));
		}
		return connectionErrors && !isEndOfCall() && (repeatable || this.fate == Fate.NOT_SENT)
				&& isPassing(getCause());
	}

	/** Whether an answer with that status may be another one later. */
	static boolean isPassing(int status) {
		return REJECTIONS_TO_RETRY.contains(status) || STATUS_CODES_TO_REPEAT.contains(status);
	}

	static boolean isBeforeSending(Throwable cause) {
		return cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException
				|| cause instanceof UnknownHostException || cause instanceof NoRouteToHostException
				|| cause instanceof SSLHandshakeException || cause instanceof SSLPeerUnverifiedException
				|| isAnsweredInPlaintext(cause);
	}

	/** The JDK has no type for it, but says so only before a handshake has begun. */
	private static boolean isAnsweredInPlaintext(Throwable cause) {
		return cause instanceof SSLException && cause.getMessage() != null
				&& cause.getMessage().toLowerCase(Locale.ROOT).contains("unrecognized ssl message");
	}

	/** An untrusted certificate stays so. */
	private static boolean isPassing(@Nullable Throwable cause) {
		if (!(cause instanceof IOException) || cause instanceof SSLPeerUnverifiedException) {
			return false;
		}
		for (Throwable t = cause; t != null; t = t.getCause()) {
			if (t instanceof CertificateException || t instanceof CertPathValidatorException || isCertificateAlert(t)) {
				return false;
			}
		}
		return true;
	}

	/** The server's word on a certificate of ours: the JDK has it in the message only. */
	private static boolean isCertificateAlert(Throwable cause) {
		String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
		return cause instanceof SSLHandshakeException && message.startsWith("received fatal alert")
				&& (message.contains("certificate") || message.contains("unknown_ca"));
	}

	/**
	 * What the server may have made of a request.
	 */
	enum Fate {

		/** It never got it. */
		NOT_SENT,

		/** It says that it did nothing. */
		REJECTED,

		/** It may have carried it out. */
		AMBIGUOUS

	}

}
