package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ApiErrorResponse;

/**
 * One logical call while it is made: what is asked, and what has become of its attempts.
 * Confined to the calling thread.
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
	 * What is asked by the next attempt, which has no longer than the deadline.
	 */
	SessionRequest request() {
		CallDeadline deadline = this.settings.deadline();
		return (deadline != null) ? this.request.within(deadline.left()) : this.request;
	}

	Operation operation() {
		return this.request.operation();
	}

	@Nullable String sessionId() {
		return this.request.sessionId();
	}

	/**
	 * The operation and its session, for the log.
	 */
	String description() {
		return this.request.description();
	}

	CallSettings settings() {
		return this.settings;
	}

	/**
	 * When the call began, in nanoseconds of a monotonic clock.
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
	 * The failure before the last one.
	 */
	@Nullable AttemptFailure previousFailure() {
		return this.previousFailure;
	}

	/**
	 * Whether the server may have carried out one of the attempts that failed.
	 */
	boolean mayHaveBeenProcessed() {
		return this.mayHaveBeenProcessed;
	}

	/**
	 * Whether it matters that the server may have.
	 */
	boolean isOutcomeUnknown() {
		return this.mayHaveBeenProcessed && !operation().isIdempotent();
	}

	void attemptStarted() {
		this.attempts++;
		this.observation.setStatusCode(null);
	}

	void responseReceived(SessionResponse response) {
		this.observation.setStatusCode(response.statusCode());
	}

	void attemptFailed(AttemptFailure failure) {
		this.previousFailure = this.lastFailure;
		this.lastFailure = failure;
		if (failure.delivery() == AttemptFailure.Delivery.UNKNOWN) {
			this.mayHaveBeenProcessed = true;
		}
	}

	/**
	 * A successful answer could not be read: the server has done something, but what?
	 */
	void responseUnreadable() {
		this.mayHaveBeenProcessed = true;
	}

	/**
	 * Return what an exception translator receives for the last attempt.
	 */
	ApiErrorResponse toErrorResponse(SessionResponse response) {
		return new ApiErrorResponse(operation().toString(), response.statusCode(), response.headerMap(),
				response.text(), this.attempts, isOutcomeUnknown(), sessionId());
	}

}
