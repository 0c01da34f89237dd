package com.comfydeploy.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.client.AttemptFailure.Delivery;
import com.comfydeploy.error.ApiErrorResponse;

/**
 * The state of one logical call: its request, and the results of its attempts. Confined
 * to the calling thread.
 */
final class SessionCall {

	private final SessionRequest request;

	private final CallSettings settings;

	private final SessionObservationContext observation;

	private final long start;

	private int attempts;

	private boolean mayHaveBeenProcessed;

	private @Nullable AttemptFailure lastFailure;

	private @Nullable AttemptFailure previousFailure;

	SessionCall(SessionRequest request, CallSettings settings, SessionObservationContext observation, long start) {
		this.request = request;
		this.settings = settings;
		this.observation = observation;
		this.start = start;
	}

	/**
	 * Return the request of the next attempt, whose timeout ends by the deadline.
	 */
	SessionRequest request() {
		CallDeadline deadline = this.settings.deadline();
		return (deadline != null) ? this.request.within(deadline.remaining()) : this.request;
	}

	Operation operation() {
		return this.request.operation();
	}

	@Nullable String sessionId() {
		return this.request.sessionId();
	}

	/**
	 * Return the operation and its session, for the log.
	 */
	String description() {
		return this.request.description();
	}

	CallSettings settings() {
		return this.settings;
	}

	/**
	 * Return the start of the call, in nanoseconds of a monotonic clock.
	 */
	long start() {
		return this.start;
	}

	int attempts() {
		return this.attempts;
	}

	@Nullable AttemptFailure lastFailure() {
		return this.lastFailure;
	}

	/**
	 * Return the failure before the last one.
	 */
	@Nullable AttemptFailure previousFailure() {
		return this.previousFailure;
	}

	/**
	 * Return whether the server may have processed one of the failed attempts.
	 */
	boolean mayHaveBeenProcessed() {
		return this.mayHaveBeenProcessed;
	}

	/**
	 * Return whether the server may have processed an attempt of a non-idempotent call.
	 */
	boolean isOutcomeUnknown() {
		return isOutcomeUnknown(this.mayHaveBeenProcessed);
	}

	private boolean isOutcomeUnknown(boolean mayHaveBeenProcessed) {
		return mayHaveBeenProcessed && !operation().isIdempotent();
	}

	void attemptStarted() {
		this.attempts++;
		this.observation.setStatusCode(null);
	}

	void responseReceived(SessionResponse response) {
		this.observation.setStatusCode(response.statusCode());
	}

	/**
	 * Record the error response of an attempt.
	 * @param response the response
	 * @param requests the delivery of the requests that the attempt has sent
	 * @param token the token, masked in what is kept
	 * @param now the time of the response
	 */
	AttemptFailure attemptFailed(SessionResponse response, Delivery requests, BearerToken token, Instant now) {
		int status = response.statusCode();
		boolean unknown = this.mayHaveBeenProcessed || Delivery.of(status).or(requests) == Delivery.UNKNOWN;
		Map<String, List<String>> headers = response.maskedHeaders(token);
		return attemptFailed(AttemptFailure
			.of(new ApiErrorResponse(operation().toString(), status, headers, response.maskedText(token), this.attempts,
					isOutcomeUnknown(unknown), sessionId(), ApiErrorResponse.retryAfter(headers, now)), requests));
	}

	/**
	 * Record the failure of an attempt.
	 */
	AttemptFailure attemptFailed(AttemptFailure failure) {
		this.previousFailure = this.lastFailure;
		this.lastFailure = failure;
		this.mayHaveBeenProcessed |= failure.delivery() == Delivery.UNKNOWN;
		return failure;
	}

	/**
	 * Record that a success could not be read: the server has done something unknown.
	 */
	void responseUnreadable() {
		this.mayHaveBeenProcessed = true;
	}

}
