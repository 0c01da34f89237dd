package com.comfydeploy.error;

import org.jspecify.annotations.Nullable;

/**
 * Base class for exceptions thrown by ComfyDeploy calls. Invalid arguments are reported
 * with an {@link IllegalArgumentException} instead, before a request is sent.
 */
public abstract class ComfyDeployException extends RuntimeException {

	private static final int MAX_MESSAGE_LENGTH = 1000;

	private final String operation;

	private final int attempts;

	private final boolean outcomeUnknown;

	/**
	 * Create an exception.
	 * @param message what happened and what to do next, truncated to 1,000 characters
	 * @param cause the cause, or {@code null}
	 * @param operation the operation that failed, such as {@code create}
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the server may have processed an attempt of a
	 * non-idempotent call
	 */
	protected ComfyDeployException(String message, @Nullable Throwable cause, String operation, int attempts,
			boolean outcomeUnknown) {
		super(truncate(message), cause);
		this.operation = operation;
		this.attempts = attempts;
		this.outcomeUnknown = outcomeUnknown;
	}

	/**
	 * Return the operation that failed: {@code create}, {@code create-dynamic},
	 * {@code get}, {@code list}, {@code stream-log}, {@code increase-timeout},
	 * {@code snapshot}, {@code cancel}, {@code machine-list}, {@code machine-get},
	 * {@code machine-events}, {@code machine-prices}, or {@code lease} for a
	 * {@code SessionLostException}. The operations of ComfyUI begin with
	 * {@code comfyui-}.
	 * @return the name of the operation
	 */
	public String getOperation() {
		return this.operation;
	}

	/**
	 * Return the number of attempts, including the first.
	 * @return the number of attempts; {@code 0} if the call was interrupted before the
	 * first
	 */
	public int getAttempts() {
		return this.attempts;
	}

	/**
	 * Return whether the server may have processed an attempt of a non-idempotent call
	 * although the call failed. After such a {@code create}, a session may be running and
	 * costing money: check {@code SessionOperations.list(machineId)} before trying again.
	 * @return whether the outcome is unknown
	 */
	public boolean isOutcomeUnknown() {
		return this.outcomeUnknown;
	}

	/**
	 * Create a message from the problem and from what is known about the outcome.
	 * @param operation the operation that failed
	 * @param problem what happened
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the outcome is unknown
	 * @return the message
	 */
	static String message(String operation, String problem, int attempts, boolean outcomeUnknown) {
		String prefix = operation + ((attempts > 1) ? " failed after " + attempts + " attempts: " : " failed: ");
		String suffix = (outcomeUnknown)
				? ". The outcome is unknown: the server may have processed the request. Check "
						+ (operation.startsWith("create") ? "list(machineId)" : "the session") + " before you try again"
				: "";
		int room = MAX_MESSAGE_LENGTH - prefix.length() - suffix.length();
		return prefix + truncate(problem, room) + suffix;
	}

	private static String truncate(String text) {
		return truncate(text, MAX_MESSAGE_LENGTH);
	}

	static String truncate(String text, int length) {
		return (text.length() <= length) ? text : text.substring(0, Math.max(0, length - 3)) + "...";
	}

}
