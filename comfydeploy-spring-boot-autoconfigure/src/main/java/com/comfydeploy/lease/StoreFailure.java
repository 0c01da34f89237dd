package com.comfydeploy.lease;

import java.util.regex.Pattern;

import org.springframework.core.NestedExceptionUtils;

/**
 * Describes a failure of the store in messages. The exception of a framework often only
 * says which call has failed: its cause says why.
 */
final class StoreFailure {

	private static final int MAX_LENGTH = 300;

	/** Credentials in the URL of a database, which drivers repeat in their messages. */
	private static final Pattern CREDENTIALS = Pattern
		.compile("(?<=//)[^/@\\s]*(?=@)|(?<=(?i:password|passwd|pwd)=)[^&;,\\s\"']*");

	private StoreFailure() {
	}

	/**
	 * Return the message of a failure and that of its most specific cause, without
	 * passwords.
	 */
	static String describe(Throwable failure) {
		String message = message(failure);
		String cause = message(NestedExceptionUtils.getMostSpecificCause(failure));
		return message.contains(cause) ? message : message + " (" + cause + ")";
	}

	private static String message(Throwable failure) {
		String message = failure.getMessage();
		if (message == null) {
			return failure.getClass().getSimpleName();
		}
		String line = CREDENTIALS.matcher(message).replaceAll("***").lines().findFirst().orElse("").strip();
		return (line.length() > MAX_LENGTH) ? line.substring(0, MAX_LENGTH) + "..." : line;
	}

}
