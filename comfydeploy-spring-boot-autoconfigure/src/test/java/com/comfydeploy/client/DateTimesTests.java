package com.comfydeploy.client;

import java.time.DateTimeException;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DateTimes}.
 */
class DateTimesTests {

	@ParameterizedTest
	@CsvSource({ "2026-11-24T10:11:12, 2026-11-24T10:11:12Z", "2026-11-24T10:11:12Z, 2026-11-24T10:11:12Z",
			"2026-11-24 10:11:12, 2026-11-24T10:11:12Z", "2026-11-24T10:11, 2026-11-24T10:11:00Z",
			"2026-11-24T10:11:12.3, 2026-11-24T10:11:12.3Z", "2026-11-24T10:11:12.345678, 2026-11-24T10:11:12.345678Z",
			"2026-11-24T10:11:12.000000001Z, 2026-11-24T10:11:12.000000001Z",
			"2026-11-24T10:11:12.999999999, 2026-11-24T10:11:12.999999999Z",
			"2026-11-24T10:11:12.000, 2026-11-24T10:11:12Z", "2026-11-24T10:11:12+02:00, 2026-11-24T08:11:12Z",
			"2026-11-24 10:11:12.5-03, 2026-11-24T13:11:12.5Z",
			"2026-01-02T03:04:05.006+0530, 2026-01-01T21:34:05.006Z" })
	void dateIsReadInAllItsForms(String text, Instant expected) {
		assertThat(DateTimes.instant(text)).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource({ "2026-11-24T24:00:00, 2026-11-25T00:00:00Z", "2026-11-24 24:00:00+01, 2026-11-24T23:00:00Z",
			"2026-11-24T10:11:12., 2026-11-24T10:11:12Z", "2026-11-24T 10:11:12Z, 2026-11-24T10:11:12Z",
			"2026-11-2410:11:12, 2026-11-24T10:11:12Z", "+123456-11-24T10:11:12+01:00, +123456-11-24T09:11:12Z" })
	void unusualDateIsParsed(String text, Instant expected) {
		assertThat(DateTimes.instant(text)).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "soon", "2026-11-24", "2026-11-24Z", "2026-13-24T10:11:12", "2026-02-30T10:11:12",
			"2026-11-24T25:11:12", "2026-11-24T10:11:12+", "2026-11-24T10:11:12.1234567890", "1795515072" })
	void textThatIsNoDateIsRejected(String text) {
		assertThatExceptionOfType(DateTimeException.class).isThrownBy(() -> DateTimes.instant(text));
	}

	@Test
	void nullIsReadAsNull() {
		assertThat(DateTimes.instant(null)).isNull();
	}

}
