package com.comfydeploy.comfyui;

import java.io.IOException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * One logical call, and what is known of it so far.
 */
final class ComfyUiCall {

	/** A request is not started too late for a response. */
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
	 * Create a call beside this one, whose requests are not attempts of this one.
	 */
	ComfyUiCall beside() {
		return new ComfyUiCall(this.operation, this.url, this.deadline);
	}

	/**
	 * Create a call beside this one with a limit of its own, within that of this one.
	 */
	ComfyUiCall beside(Duration timeout) {
		return new ComfyUiCall(this.operation, this.url, this.deadline.within(timeout));
	}

	Deadline deadline() {
		return this.deadline;
	}

	/**
	 * Return the timeout of a request, which the deadline shortens. The last request may
	 * exceed the deadline by a second.
	 * @param longest the timeout of a request with time to spare
	 */
	Duration timeout(Duration longest) {
		Duration remaining = this.deadline.remaining();
		Duration bounded = (remaining.compareTo(SHORTEST_TIMEOUT) > 0) ? remaining : SHORTEST_TIMEOUT;
		return (bounded.compareTo(longest) < 0) ? bounded : longest;
	}

	/** Say which prompt the call is about from now on. */
	void promptId(String promptId) {
		this.promptId = promptId;
	}

	/** Begin a step, whose attempts are counted from one. */
	void beginStep() {
		this.attempts = 0;
	}

	void attempt() {
		this.attempts++;
		this.statusCode = null;
	}

	void respond(int statusCode) {
		this.statusCode = statusCode;
	}

	/**
	 * The status code of the last response, or {@code null} if there was none.
	 */
	@Nullable Integer statusCode() {
		return this.statusCode;
	}

	/**
	 * Make the exception of a step that has failed.
	 */
	ComfyUiUnavailableException failed(RequestFailure failure, boolean outcomeUnknown, String advice) {
		String prefix = this.operation
				+ ((this.attempts > 1) ? " failed after " + this.attempts + " attempts: " : " failed: ");
		String about = (this.promptId != null) ? " (prompt " + this.promptId + ")" : "";
		return new ComfyUiUnavailableException(prefix + this.url.mask(failure.what()) + about + advice,
				masked(failure.getCause()), failure.statusCode(), this.operation, this.attempts, outcomeUnknown,
				this.promptId);
	}

	ComfyUiUnavailableException failed(RequestFailure failure) {
		return failed(failure, false, "");
	}

	ComfyUiUnavailableException interrupted() {
		Thread.currentThread().interrupt();
		return new ComfyUiUnavailableException(
				this.operation + " failed: interrupted while waiting"
						+ ((this.promptId != null) ? " for prompt " + this.promptId + ", which goes on" : ""),
				null, null, this.operation, this.attempts, false, this.promptId);
	}

	/**
	 * Go on only if the session can still be used.
	 * @param outcomeUnknown whether a workflow may have been submitted
	 */
	void check(SessionCheck check, boolean outcomeUnknown) {
		SessionEnd end = check.check();
		if (end != null) {
			throw new SessionEndedException(end, this.operation, outcomeUnknown, this.promptId);
		}
	}

	/** The JDK names the host in its messages. */
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
