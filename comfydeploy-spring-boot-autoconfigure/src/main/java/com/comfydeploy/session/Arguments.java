package com.comfydeploy.session;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

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
			throw new IllegalArgumentException(name + " must be a positive whole number of minutes, but is " + value);
		}
		if (value.toMinutes() > Integer.MAX_VALUE) {
			throw new IllegalArgumentException(
					name + " must be at most " + Integer.MAX_VALUE + " minutes, but is " + value);
		}
		return value;
	}

}
