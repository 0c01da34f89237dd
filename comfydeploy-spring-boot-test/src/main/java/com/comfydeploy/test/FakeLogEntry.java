package com.comfydeploy.test;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Line of a session's log.
 *
 * @param message the message, without characters that JSON escapes
 * @param timestamp the time
 */
record FakeLogEntry(String message, Instant timestamp) {

	/** The only level in the log of a session's start. */
	static final String LEVEL = "info";

	private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
		.withZone(ZoneOffset.UTC);

	/**
	 * Return the server-sent event, with the spaces that Python's {@code json} writes
	 * between tokens.
	 */
	String toEvent() {
		return "data: {\"message\": \"" + this.message + "\", \"level\": \"" + LEVEL + "\", \"timestamp\": \""
				+ TIMESTAMP.format(this.timestamp) + "\"}\n\n";
	}

}
