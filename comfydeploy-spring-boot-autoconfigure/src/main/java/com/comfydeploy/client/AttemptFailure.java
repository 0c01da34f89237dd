package com.comfydeploy.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * The failure of one attempt: an error response, or no response.
 */
@SuppressWarnings("serial")
final class AttemptFailure extends RuntimeException {

	private static final Set<Integer> REJECTIONS_TO_RETRY = Set.of(425, 429);

	private static final Set<Integer> STATUS_CODES_TO_RETRY = Set.of(408, 500, 502, 503, 504);

	private final Delivery delivery;

	private final @Nullable ApiErrorResponse response;

	private AttemptFailure(Delivery delivery, @Nullable ApiErrorResponse response, @Nullable Throwable cause) {
		super(null, cause, false, false);
		this.delivery = delivery;
		this.response = response;
	}

	static AttemptFailure of(ApiErrorResponse response) {
		return new AttemptFailure(Delivery.of(response.statusCode()), response, null);
	}

	/**
	 * Create a failure without a response. Only the client's own transport knows what was
	 * sent: an interceptor of the application does not.
	 */
	static AttemptFailure of(Throwable cause) {
		boolean notSent = cause instanceof TransportException failure && !failure.isSent();
		return new AttemptFailure(notSent ? Delivery.NOT_SENT : Delivery.UNKNOWN, null, cause);
	}

	Delivery delivery() {
		return this.delivery;
	}

	/**
	 * Return the response, or {@code null} if there was none.
	 */
	@Nullable ApiErrorResponse response() {
		return this.response;
	}

	/**
	 * Return the status code, or {@code io} if there was no response.
	 */
	String reason() {
		return (this.response != null) ? Integer.toString(this.response.statusCode()) : "io";
	}

	/**
	 * Return how long the server asks to wait, or {@code null} if it does not.
	 */
	@Nullable Duration retryAfter() {
		return (this.response != null) ? this.response.retryAfter() : null;
	}

	/**
	 * Return whether an interrupt or the end of the client ended the call, whatever
	 * happened before.
	 */
	boolean endsCall() {
		return getCause() instanceof TransportException failure
				&& (failure.getReason() == Reason.INTERRUPTED || failure.getReason() == Reason.CLOSED);
	}

	/**
	 * Return whether a retry can succeed and does no harm.
	 * @param repeatable whether the operation may be carried out twice
	 * @param connectionErrors whether failures without a response are retried
	 */
	boolean isRetryable(boolean repeatable, boolean connectionErrors) {
		if (this.response != null) {
			int status = this.response.statusCode();
			return REJECTIONS_TO_RETRY.contains(status) || (repeatable && STATUS_CODES_TO_RETRY.contains(status));
		}
		return connectionErrors && (repeatable || this.delivery == Delivery.NOT_SENT) && isTransient(getCause());
	}

	/**
	 * Return whether the status is transient.
	 */
	static boolean isTransient(int status) {
		return REJECTIONS_TO_RETRY.contains(status) || STATUS_CODES_TO_RETRY.contains(status);
	}

	private static boolean isTransient(@Nullable Throwable cause) {
		return (cause instanceof TransportException failure) ? failure.getReason().isTransient()
				: cause instanceof IOException;
	}

	/**
	 * Delivery of a request to the server.
	 */
	enum Delivery {

		/** The server did not receive it. */
		NOT_SENT,

		/** The server rejected it and did nothing. */
		REJECTED,

		/** The server may have processed it. */
		UNKNOWN;

		static Delivery of(int errorStatus) {
			return (errorStatus >= 400 && errorStatus < 500 && errorStatus != 408) ? REJECTED : UNKNOWN;
		}

	}

}
