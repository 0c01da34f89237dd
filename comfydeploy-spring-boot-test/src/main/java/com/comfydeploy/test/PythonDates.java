package com.comfydeploy.test;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;

/**
 * Formats of the server's dates.
 */
final class PythonDates {

	/** Python's isoformat: no zone, and six digits unless the fraction is zero. */
	private static final DateTimeFormatter ZONE_LESS_FRACTION = DateTimeFormatter
		.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS");

	/**
	 * The server cuts off the last three characters, which are the seconds if there is no
	 * fraction.
	 */
	private static final DateTimeFormatter EVENT_MINUTES = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm'Z'");

	private static final DateTimeFormatter EVENT_MILLIS = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");

	private PythonDates() {
	}

	/**
	 * Format a date of a session or a machine.
	 */
	static String format(Instant instant) {
		LocalDateTime date = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
		return ((date.getNano() == 0) ? DateTimeFormatter.ISO_LOCAL_DATE_TIME : ZONE_LESS_FRACTION).format(date);
	}

	/**
	 * Format a date of a GPU event.
	 */
	static String formatEvent(Instant instant) {
		OffsetDateTime date = instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
		return ((date.getNano() == 0) ? EVENT_MINUTES : EVENT_MILLIS).format(date);
	}

}
