package com.comfydeploy.error;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;

/**
 * Parser of the {@code Retry-After} header, in all forms that RFC 9110 allows.
 */
final class RetryAfter {

	private static final Pattern SECONDS = Pattern.compile("\\d+");

	/** Upper limit: a longer wait makes no difference, and could overflow. */
	private static final Duration MAX = Duration.ofDays(366);

	/** A year of two digits is at most 50 years in the future (RFC 9110, 5.6.7). */
	private static final DateTimeFormatter RFC_850 = new DateTimeFormatterBuilder().appendPattern("EEEE, dd-MMM-")
		.appendValueReduced(ChronoField.YEAR, 2, 2, LocalDate.now(ZoneOffset.UTC).minusYears(49))
		.appendPattern(" HH:mm:ss 'GMT'")
		.toFormatter(Locale.US);

	private static final List<DateTimeFormatter> FORMATS = List.of(
			DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US), RFC_850,
			DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US));

	private RetryAfter() {
	}

	static @Nullable Duration parse(String value, Instant now) {
		String text = value.trim();
		if (SECONDS.matcher(text).matches()) {
			return (text.length() < 9) ? Durations.min(MAX, Duration.ofSeconds(Long.parseLong(text))) : MAX;
		}
		for (DateTimeFormatter format : FORMATS) {
			try {
				Duration wait = Duration.between(now, LocalDateTime.parse(text, format).toInstant(ZoneOffset.UTC));
				return (wait.isNegative()) ? Duration.ZERO : Durations.min(MAX, wait);
			}
			catch (DateTimeException ex) {
				// Try the next format
			}
		}
		return null;
	}

}
