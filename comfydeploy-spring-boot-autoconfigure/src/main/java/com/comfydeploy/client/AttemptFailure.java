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

	/**
	 * Create a failure with an error response.
	 * @param response the response
	 * @param delivery the delivery of the requests that the attempt has sent
	 */
	static AttemptFailure of(ApiErrorResponse response, Delivery delivery) {
		return new AttemptFailure(Delivery.of(response.statusCode()).or(delivery), response, null);
	}

	/**
	 * Create a failure without a response. Only the client's own transport knows what was
	 * sent: an interceptor of the application does not.
	 * @param cause the cause
	 * @param delivery the delivery of the requests that the attempt has sent
	 */
	static AttemptFailure of(Throwable cause, Delivery delivery) {
		return new AttemptFailure(Delivery.of(cause).or(delivery), null, cause);
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
	 * Return whether the call ends because its thread was interrupted or the client was
	 * closed.
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
			return (repeatable || this.delivery == Delivery.REJECTED) && isTransient(status);
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
	 * Delivery of a request to the server, the least harmful first.
	 */
	enum Delivery {

		/** The server did not receive it. */
		NOT_SENT,

		/** The server rejected it and did nothing. */
		REJECTED,

		/** The server may have processed it. */
		UNKNOWN;

		static Delivery of(int status) {
			return (status >= 400 && status < 500 && status != 408) ? REJECTED : UNKNOWN;
		}

		static Delivery of(Throwable failure) {
			return (failure instanceof TransportException transport && !transport.isSent()) ? NOT_SENT : UNKNOWN;
		}

		/**
		 * Return the delivery of two requests: the more harmful one.
		 */
		Delivery or(Delivery other) {
			return (compareTo(other) >= 0) ? this : other;
		}

	}

}
