package com.comfydeploy.test;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * A line of a session's log.
 *
 * @param message what happened, in words that need no escapes in JSON
 * @param timestamp when it happened
 */
record FakeLogEntry(String message, Instant timestamp) {

	/** The only level in the log of a session's start. */
	static final String LEVEL = "info";

	private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
		.withZone(ZoneOffset.UTC);

	/**
	 * The event, with the blanks that Python's {@code json} puts between its tokens.
	 */
	String toEvent() {
		return "data: {\"message\": \"" + this.message + "\", \"level\": \"" + LEVEL + "\", \"timestamp\": \""
				+ TIMESTAMP.format(this.timestamp) + "\"}\n\n";
	}

}
