package com.comfydeploy.session;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DurationFormat;
import org.springframework.format.datetime.standard.DurationFormatterUtils;

/**
 * Checks of arguments, made before anything is sent.
 */
final class Arguments {

	private Arguments() {
	}

	static String id(String name, @Nullable String value) {
		if (value == null || value.isBlank() || value.equals(".") || value.equals("..")) {
			throw new IllegalArgumentException(name + " must be an id, but is '" + value + "'");
		}
		return value;
	}

	/**
	 * Check a duration that travels as minutes in a 32-bit integer.
	 */
	static Duration minutes(String name, @Nullable Duration value) {
		if (value == null || value.compareTo(Duration.ofMinutes(1)) < 0
				|| !value.equals(Duration.ofMinutes(value.toMinutes()))) {
			throw new IllegalArgumentException(
					name + " must be a positive whole number of minutes, but is " + text(value));
		}
		if (value.toMinutes() > Integer.MAX_VALUE) {
			throw new IllegalArgumentException(
					name + " must be at most " + Integer.MAX_VALUE + " minutes, but is " + text(value));
		}
		return value;
	}

	/** A duration as a property has it, such as {@code 1m30s}. */
	static String text(@Nullable Duration value) {
		return (value != null) ? DurationFormatterUtils.print(value, DurationFormat.Style.COMPOSITE) : "null";
	}

}
