package com.comfydeploy.internal.json;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Creates codecs.
 */
public final class JsonCodecs {

	private JsonCodecs() {
	}

	/**
	 * Create a codec over Jackson 2 or Jackson 3, whichever there is. Where both are, it
	 * is Jackson 2: with Spring Boot 3 a stray Jackson 3 finds annotations too old for
	 * it.
	 * @param classLoader where to look for them
	 * @return a codec
	 * @throws IllegalStateException if there is neither
	 */
	public static JsonCodec create(@Nullable ClassLoader classLoader) {
		return create(classLoader, false);
	}

	/**
	 * Create a codec as {@link #create(ClassLoader)} does, which reads what Python writes
	 * as JSON: {@code NaN} and {@code Infinity}, and texts of any length.
	 * @param classLoader where to look for Jackson
	 * @return a codec
	 * @throws IllegalStateException if there is none
	 */
	public static JsonCodec createLenient(@Nullable ClassLoader classLoader) {
		return create(classLoader, true);
	}

	private static JsonCodec create(@Nullable ClassLoader classLoader, boolean lenient) {
		if (ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", classLoader)) {
			return new Jackson2Codec(lenient);
		}
		if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", classLoader)) {
			return new Jackson3Codec(lenient);
		}
		throw new IllegalStateException("ComfyDeploy needs Jackson 2 or Jackson 3: add "
				+ "'org.springframework.boot:spring-boot-starter-json' to the application");
	}

}
