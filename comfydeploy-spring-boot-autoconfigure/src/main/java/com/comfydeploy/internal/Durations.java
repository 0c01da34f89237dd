package com.comfydeploy.internal;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Arithmetic and text of durations.
 */
public final class Durations {

	private Durations() {
	}

	/**
	 * Return the shorter of two durations.
	 * @param one a duration
	 * @param other another duration
	 * @return the shorter one
	 */
	public static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) <= 0) ? one : other;
	}

	/**
	 * Return the longer of two durations.
	 * @param one a duration
	 * @param other another duration
	 * @return the longer one
	 */
	public static Duration max(Duration one, Duration other) {
		return (one.compareTo(other) >= 0) ? one : other;
	}

	/**
	 * Return whether a duration is more than zero.
	 * @param value the duration
	 * @return whether it is neither zero nor negative
	 */
	public static boolean isPositive(Duration value) {
		return !value.isNegative() && !value.isZero();
	}

	/**
	 * Return how many minutes a duration has begun.
	 * @param value the duration, not negative
	 * @return its minutes, rounded up
	 */
	public static int minutesRoundedUp(Duration value) {
		return (int) Math.min(Integer.MAX_VALUE, value.plusMinutes(1).minusNanos(1).toMinutes());
	}

	/**
	 * Convert a duration to nanoseconds.
	 * @param value the duration, not negative
	 * @return its nanoseconds, at most {@link Long#MAX_VALUE}
	 */
	public static long toNanos(Duration value) {
		return (value.getSeconds() < Long.MAX_VALUE / 1_000_000_000L) ? value.toNanos() : Long.MAX_VALUE;
	}

	/**
	 * Format a duration as a property has it, such as {@code 1m30s}.
	 * @param value the duration, or {@code null}
	 * @return the text, {@code "null"} for {@code null}
	 */
	public static String format(@Nullable Duration value) {
		return (value != null) ? DurationFormatterUtils.print(value, DurationFormat.Style.COMPOSITE) : "null";
	}

}
