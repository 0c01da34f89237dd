package com.comfydeploy.comfyui;

import java.io.IOException;
import java.time.Duration;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.Durations;

/**
 * State of one logical call.
 */
final class ComfyUiCall {

	private static final Log logger = LogFactory.getLog(ComfyUiCall.class);

	/** Leaves enough time for a response. */
	private static final Duration SHORTEST_TIMEOUT = Duration.ofSeconds(1);

	private final String operation;

	private final ComfyUiUrl url;

	private final Deadline deadline;

	private @Nullable String promptId;

	private int attempts;

	private @Nullable Integer statusCode;

	/**
	 * Create a call.
	 * @param deadline the deadline of all its requests and waits
	 */
	ComfyUiCall(String operation, ComfyUiUrl url, Deadline deadline) {
		this.operation = operation;
		this.url = url;
		this.deadline = deadline;
	}

	String operation() {
		return this.operation;
	}

	/**
	 * Create a call whose requests do not count as attempts of this one.
	 */
	ComfyUiCall nested() {
		return new ComfyUiCall(this.operation, this.url, this.deadline);
	}

	/**
	 * Create such a call with a timeout of its own, within the deadline of this one.
	 */
	ComfyUiCall nested(Duration timeout) {
		return new ComfyUiCall(this.operation, this.url, this.deadline.within(timeout));
	}

	Deadline deadline() {
		return this.deadline;
	}

	/**
	 * Return the timeout of a request, which the deadline shortens. The last request may
	 * exceed the deadline by a second.
	 * @param longest the timeout without the deadline
	 */
	Duration timeout(Duration longest) {
		return Durations.min(longest, Durations.max(this.deadline.remaining(), SHORTEST_TIMEOUT));
	}

	/** Set the prompt that the call is about. */
	void promptId(String promptId) {
		this.promptId = promptId;
	}

	/** Start another request, whose attempts are counted from one. */
	void beginRequest() {
		this.attempts = 0;
	}

	void attempt() {
		this.attempts++;
		this.statusCode = null;
	}

	void responded(int statusCode) {
		this.statusCode = statusCode;
	}

	/**
	 * Return the status code of the last response, or {@code null} if there was none.
	 */
	@Nullable Integer statusCode() {
		return this.statusCode;
	}

	/**
	 * Create the exception for a request that has failed.
	 */
	ComfyUiUnavailableException failed(RequestFailure failure, boolean outcomeUnknown, String advice) {
		String prefix = this.operation
				+ ((this.attempts > 1) ? " failed after " + this.attempts + " attempts: " : " failed: ");
		String about = (this.promptId != null) ? " (prompt " + this.promptId + ")" : "";
		return new ComfyUiUnavailableException(prefix + describe(failure) + about + advice, masked(failure.getCause()),
				failure.statusCode(), this.operation, this.attempts, outcomeUnknown, this.promptId);
	}

	/**
	 * Return a description that does not contain the URL.
	 */
	String describe(RequestFailure failure) {
		return this.url.mask(failure.description());
	}

	ComfyUiUnavailableException failed(RequestFailure failure) {
		return failed(failure, false, failure.advice());
	}

	/** Create the exception for a workflow that was not sent in time. */
	ComfyUiUnavailableException tooLate() {
		return new ComfyUiUnavailableException(
				this.operation + " failed: the timeout elapsed before the workflow could be sent. Use a longer timeout",
				null, null, this.operation, 0, false, null);
	}

	ComfyUiUnavailableException interrupted() {
		Thread.currentThread().interrupt();
		return new ComfyUiUnavailableException(
				this.operation + " failed: interrupted while waiting"
						+ ((this.promptId != null) ? " for prompt " + this.promptId + ", which keeps running" : ""),
				null, null, this.operation, this.attempts, this.promptId != null, this.promptId);
	}

	/**
	 * Check that the session can still be used.
	 * @param outcomeUnknown whether a workflow may have been submitted
	 */
	void check(SessionCheck check, boolean outcomeUnknown) {
		SessionEnd end = check.check();
		if (end != null) {
			throw new SessionEndedException(end, this.operation, outcomeUnknown, this.promptId);
		}
	}

	/**
	 * Check the session again, with a request if necessary.
	 * @param failure a failure that the end of the session can have caused
	 * @throws SessionEndedException if the session has ended
	 */
	void recheck(SessionCheck check, ComfyUiException failure) {
		SessionEnd end;
		try {
			end = check.recheck();
		}
		catch (RuntimeException ex) {
			logger.debug(this.operation + ": the session could not be checked: " + ex);
			return;
		}
		if (end != null) {
			SessionEndedException ended = new SessionEndedException(end, this.operation, failure.isOutcomeUnknown(),
					failure.getPromptId());
			ended.addSuppressed(failure);
			throw ended;
		}
	}

	/** Messages of the JDK contain the host. */
	private @Nullable Throwable masked(@Nullable Throwable cause) {
		if (cause == null) {
			return null;
		}
		IOException masked = new IOException(
				cause.getClass().getSimpleName() + ": " + this.url.mask(String.valueOf(cause.getMessage())),
				masked(cause.getCause()));
		masked.setStackTrace(cause.getStackTrace());
		return masked;
	}

}
