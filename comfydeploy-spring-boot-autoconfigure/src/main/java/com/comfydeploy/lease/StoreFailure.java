package com.comfydeploy.lease;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Describes a failure of the store in messages. The exception of a framework often only
 * says which call has failed: its cause says why.
 */
final class StoreFailure {

	private static final int MAX_LENGTH = 300;

	/** Credentials in the URL of a database, which drivers repeat in their messages. */
	private static final Pattern CREDENTIALS = Pattern.compile("(?<=//)\\S*(?=@)|(?<=:)[^\\s:/@]+/\\S*(?=@)"
			+ "|(?<=(?i:password|passwd|pwd)=)(?:'[^']*'|\"[^\"]*\"|\\{[^}]*}|[^&;\\s]*)");

	private StoreFailure() {
	}

	/**
	 * Return the message of a failure and that of its most specific cause, without
	 * passwords.
	 */
	static String describe(Throwable failure) {
		String message = message(failure);
		String cause = message(rootCause(failure));
		return message.contains(cause) ? message : message + " (" + cause + ")";
	}

	/**
	 * Return the last cause, or the last new one of causes that refer to each other.
	 */
	private static Throwable rootCause(Throwable failure) {
		Set<Throwable> causes = Collections.newSetFromMap(new IdentityHashMap<>());
		Throwable last = failure;
		for (Throwable t = failure; t != null && causes.add(t); t = t.getCause()) {
			last = t;
		}
		return last;
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
