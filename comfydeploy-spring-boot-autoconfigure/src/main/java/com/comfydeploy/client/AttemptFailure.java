package com.comfydeploy.client;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * The failure of one attempt: a response that is no success, or none at all.
 */
@SuppressWarnings("serial")
final class AttemptFailure extends RuntimeException {

	private static final Set<Integer> REJECTIONS_TO_RETRY = Set.of(425, 429);

	private static final Set<Integer> STATUS_CODES_TO_REPEAT = Set.of(408, 500, 502, 503, 504);

	private final Delivery delivery;

	private final @Nullable SessionResponse response;

	private AttemptFailure(Delivery delivery, @Nullable SessionResponse response, @Nullable Throwable cause) {
		super(null, cause, false, false);
		this.delivery = delivery;
		this.response = response;
	}

	static AttemptFailure of(SessionResponse response) {
		int status = response.statusCode();
		boolean rejected = status >= 400 && status < 500 && status != 408;
		return new AttemptFailure(rejected ? Delivery.REJECTED : Delivery.UNKNOWN, response, null);
	}

	/**
	 * Create a failure without a response. What is not from our own transport, as from an
	 * interceptor of the application, says nothing of what was sent.
	 */
	static AttemptFailure of(Throwable cause) {
		boolean notSent = cause instanceof TransportException failure && !failure.isSent();
		return new AttemptFailure(notSent ? Delivery.NOT_SENT : Delivery.UNKNOWN, null, cause);
	}

	/**
	 * What the server may have made of the request.
	 */
	Delivery delivery() {
		return this.delivery;
	}

	/**
	 * The response, or {@code null} if there was none.
	 */
	@Nullable SessionResponse response() {
		return this.response;
	}

	/**
	 * The status code, or {@code io} if there was no response.
	 */
	String reason() {
		return (this.response != null) ? Integer.toString(this.response.statusCode()) : "io";
	}

	/**
	 * How long the server asks to wait, or {@code null} if it does not.
	 */
	@Nullable Duration retryAfter(Instant now) {
		return (this.response != null) ? this.response.retryAfter(now) : null;
	}

	/**
	 * Whether the caller or the application ended the call, whatever came of it before.
	 */
	boolean endsCall() {
		return getCause() instanceof TransportException failure
				&& (failure.getReason() == Reason.INTERRUPTED || failure.getReason() == Reason.CLOSED);
	}

	/**
	 * Whether trying again can help and cannot hurt.
	 * @param repeatable whether the operation may be carried out twice
	 * @param connectionErrors whether failures without a response are tried again
	 */
	boolean isRetryable(boolean repeatable, boolean connectionErrors) {
		if (this.response != null) {
			int status = this.response.statusCode();
			return REJECTIONS_TO_RETRY.contains(status) || (repeatable && STATUS_CODES_TO_REPEAT.contains(status));
		}
		return connectionErrors && (repeatable || this.delivery == Delivery.NOT_SENT) && isTransient(getCause());
	}

	/** Whether an answer with that status may be another one later. */
	static boolean isTransient(int status) {
		return REJECTIONS_TO_RETRY.contains(status) || STATUS_CODES_TO_REPEAT.contains(status);
	}

	private static boolean isTransient(@Nullable Throwable cause) {
		return (cause instanceof TransportException failure) ? failure.getReason().isTransient()
				: cause instanceof IOException;
	}

	/**
	 * What the server may have made of a request.
	 */
	enum Delivery {

		/** It never got it. */
		NOT_SENT,

		/** It says that it did nothing. */
		REJECTED,

		/** It may have carried it out. */
		UNKNOWN

	}

}
