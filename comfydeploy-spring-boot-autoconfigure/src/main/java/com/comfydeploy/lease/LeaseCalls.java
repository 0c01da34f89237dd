package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * The calls of a lease: how they are bounded, and what their failures mean. Made before
 * the session is, so that nothing can be in their way afterwards.
 *
 * @param opening for what the opener waits for
 * @param renewing for what extends the lease
 * @param closing for what closes the lease
 */
record LeaseCalls(SessionOperations opening, SessionOperations renewing, SessionOperations closing) {

	private static final Duration SHORTEST = Duration.ofSeconds(2);

	static LeaseCalls of(SessionOperations operations, LeaseTerms terms, Duration closeTimeout, Duration readTimeout) {
		return new LeaseCalls(operations, bounded(operations, terms.renewBefore().dividedBy(12), readTimeout),
				bounded(operations, closeTimeout.dividedBy(4), readTimeout));
	}

	/**
	 * Return a view for calls that a lease repeats by itself. Repetitions of the client's
	 * own could outlast the time that is left, and so could its timeout.
	 */
	private static SessionOperations bounded(SessionOperations operations, Duration timeout, Duration readTimeout) {
		return operations.with(CallOptions.builder()
			.retry(RetrySettings.none())
			.readTimeout(LeaseTerms.min(LeaseTerms.max(timeout, SHORTEST), readTimeout))
			.build());
	}

	/**
	 * Whether the session is not there any more.
	 */
	static boolean isGone(Throwable failure) {
		return hasStatus(failure, 404);
	}

	/**
	 * Whether a cancel has closed a session that had no container yet.
	 */
	static boolean isClosedWithoutContainer(Throwable failure) {
		return hasStatus(failure, 400);
	}

	/**
	 * Whether the server may have carried out a call that failed. What is not one of our
	 * exceptions says nothing of it.
	 */
	static boolean isOutcomeUnknown(Throwable failure) {
		return !(failure instanceof ComfyDeployException ex) || ex.isOutcomeUnknown();
	}

	/**
	 * Whether the server may still be at a call of unknown outcome, because nobody has
	 * heard its own answer.
	 */
	static boolean mayArriveLater(Throwable failure) {
		return !hasStatus(failure, 500) && !hasStatus(failure, 503);
	}

	/**
	 * How long the server asks to wait.
	 */
	static Duration retryAfter(Throwable failure) {
		ComfyDeployApiException answer = answer(failure);
		Duration retryAfter = (answer != null) ? answer.getRetryAfter() : null;
		return (retryAfter != null) ? retryAfter : Duration.ZERO;
	}

	private static boolean hasStatus(Throwable failure, int statusCode) {
		ComfyDeployApiException answer = answer(failure);
		return answer != null && answer.getStatusCode() == statusCode;
	}

	/** It is the cause where the application translates exceptions into its own. */
	private static @Nullable ComfyDeployApiException answer(Throwable failure) {
		for (Throwable t = failure; t != null; t = t.getCause()) {
			if (t instanceof ComfyDeployApiException answer) {
				return answer;
			}
		}
		return null;
	}

}
