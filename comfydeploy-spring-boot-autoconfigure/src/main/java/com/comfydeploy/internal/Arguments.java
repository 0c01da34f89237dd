package com.comfydeploy.internal;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Checks of arguments, made before anything is sent. Each message begins with the name of
 * the argument.
 */
public final class Arguments {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private static final Duration MAX_MINUTES = Duration.ofMinutes(Integer.MAX_VALUE);

	private Arguments() {
	}

	/**
	 * Check an id, which becomes a segment of a path: {@code .} and {@code ..} would name
	 * another resource.
	 * @param name the name of the argument
	 * @param value the id
	 * @return the id
	 * @throws IllegalArgumentException if it is {@code null}, blank or a dot segment
	 */
	public static String requireId(String name, @Nullable String value) {
		if (value == null || value.isBlank() || value.equals(".") || value.equals("..")) {
			throw new IllegalArgumentException(name + " must be an id, but is '" + value + "'");
		}
		return value;
	}

	/**
	 * Check a duration that is sent as minutes in a 32-bit integer.
	 * @param name the name of the argument
	 * @param value the duration
	 * @return the duration
	 * @throws IllegalArgumentException if it is {@code null} or not a positive whole
	 * number of minutes, at most {@link Integer#MAX_VALUE}
	 */
	public static Duration requireWholeMinutes(String name, @Nullable Duration value) {
		if (value == null || value.compareTo(MINUTE) < 0 || !value.equals(Duration.ofMinutes(value.toMinutes()))) {
			throw new IllegalArgumentException(
					name + " must be a positive whole number of minutes, but is " + Durations.format(value));
		}
		if (value.compareTo(MAX_MINUTES) > 0) {
			throw new IllegalArgumentException(name + " must be at most " + MAX_MINUTES.toMinutes()
					+ " minutes, but is " + Durations.format(value));
		}
		return value;
	}

	/**
	 * Check that a duration is more than zero.
	 * @param name the name of the argument
	 * @param value the duration
	 * @return the duration
	 * @throws IllegalArgumentException if it is {@code null}, zero or negative
	 */
	public static Duration requirePositive(String name, @Nullable Duration value) {
		Assert.isTrue(value != null && Durations.isPositive(value),
				() -> name + " must be more than zero, but is " + Durations.format(value));
		return value;
	}

	/**
	 * Check that a duration is not negative.
	 * @param name the name of the argument
	 * @param value the duration
	 * @return the duration
	 * @throws IllegalArgumentException if it is {@code null} or negative
	 */
	public static Duration requireNotNegative(String name, @Nullable Duration value) {
		Assert.notNull(value, () -> name + " must not be null");
		Assert.isTrue(!value.isNegative(), () -> name + " must not be negative, but is " + Durations.format(value));
		return value;
	}

}
