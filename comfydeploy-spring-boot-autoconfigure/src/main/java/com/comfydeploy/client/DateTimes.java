package com.comfydeploy.client;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads the server's dates: without a zone they mean UTC.
 */
final class DateTimes {

	/** With or without fraction, with or without zone, and PostgreSQL's own form too. */
	private static final DateTimeFormatter ANY = new DateTimeFormatterBuilder().append(DateTimeFormatter.ISO_LOCAL_DATE)
		.appendPattern("['T'][' ']")
		.append(DateTimeFormatter.ISO_LOCAL_TIME)
		.appendPattern("[XXX][XX][X]")
		.toFormatter();

	private static final Pattern USUAL = Pattern.compile(
			"\\d{4}-\\d\\d-\\d\\d[T ](?:[01]\\d|2[0-3]):\\d\\d:\\d\\d(?:\\.(\\d{1,9}))?(Z|[+-]\\d\\d(?::?\\d\\d)?)?");

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
		Matcher usual = USUAL.matcher(text);
		return usual.matches() ? usual(text, usual.group(1), usual.group(2)) : any(text);
	}

	/**
	 * The form that the server sends is read here: the formatter allocates 7 kB a date,
	 * where a whole call allocates 30.
	 */
	private static Instant usual(String text, @Nullable String fraction, @Nullable String zone) {
		return LocalDateTime
			.of(number(text, 0, 4), number(text, 5, 7), number(text, 8, 10), number(text, 11, 13), number(text, 14, 16),
					number(text, 17, 19), (fraction != null) ? nanos(fraction) : 0)
			.toInstant((zone != null) ? ZoneOffset.of(zone) : ZoneOffset.UTC);
	}

	private static Instant any(String text) {
		TemporalAccessor date = ANY.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
		return (date instanceof OffsetDateTime zoned) ? zoned.toInstant()
				: LocalDateTime.from(date).toInstant(ZoneOffset.UTC);
	}

	private static int nanos(String fraction) {
		int nanos = Integer.parseInt(fraction);
		for (int digits = fraction.length(); digits < 9; digits++) {
			nanos *= 10;
		}
		return nanos;
	}

	private static int number(String text, int from, int to) {
		return Integer.parseInt(text, from, to, 10);
	}

}
