package com.comfydeploy.client;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads the server's dates: without a zone they mean UTC. They come with or without a
 * fraction, a zone, and PostgreSQL's space in the middle.
 */
final class DateTimes {

	private static final int DATE_LENGTH = "2026-11-24".length();

	private static final Pattern USUAL = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?");

	private static final int SECONDS_LENGTH = "2026-11-24T10:11:12".length();

	private DateTimes() {
	}

	/**
	 * Read a date.
	 * @throws java.time.DateTimeException if it is none
	 */
	static @Nullable Instant instant(@Nullable String text) {
		if (text == null) {
			return null;
		}
		int zone = indexOfZone(text);
		ZoneOffset offset = (zone < text.length()) ? ZoneOffset.of(text.substring(zone)) : ZoneOffset.UTC;
		return local(text.substring(0, zone)).toInstant(offset);
	}

	private static int indexOfZone(String text) {
		for (int i = DATE_LENGTH; i < text.length(); i++) {
			if ("Z+-".indexOf(text.charAt(i)) >= 0) {
				return i;
			}
		}
		return text.length();
	}

	/**
	 * The form that the server sends is read here: a formatter allocates 2 kB a date, one
	 * with all the options 7 kB, where a whole call allocates 30.
	 */
	private static LocalDateTime local(String text) {
		if (!USUAL.matcher(text).matches()) {
			return LocalDateTime.parse(text.replace(' ', 'T'));
		}
		return LocalDateTime.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10), number(text, 11, 13),
				number(text, 14, 16), number(text, 17, 19), nanos(text));
	}

	private static int nanos(String text) {
		int nanos = (text.length() > SECONDS_LENGTH) ? number(text, SECONDS_LENGTH + 1, text.length()) : 0;
		for (int digits = text.length() - SECONDS_LENGTH - 1; nanos > 0 && digits < 9; digits++) {
			nanos *= 10;
		}
		return nanos;
	}

	private static int number(String text, int from, int to) {
		return Integer.parseInt(text, from, to, 10);
	}

}
