package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Writes and reads the types on the wire with a mapper of our own, so that what the
 * application does to its own changes nothing.
 */
interface JsonCodec {

	byte[] write(Object value);

	/**
	 * Read a JSON document.
	 * @return the value, or {@code null} for JSON's {@code null}
	 * @throws UnreadableJsonException if it is not JSON, or not of the type
	 */
	<T> @Nullable T read(byte[] json, Class<T> type);

	/**
	 * A codec over Jackson 2 or Jackson 3, whichever there is. Where both are, it is
	 * Jackson 2: with Spring Boot 3 a stray Jackson 3 finds annotations too old for it.
	 * @throws IllegalStateException if there is neither
	 */
	static JsonCodec create(@Nullable ClassLoader classLoader) {
		if (ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", classLoader)) {
			return new Jackson2Codec();
		}
		if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", classLoader)) {
			return new Jackson3Codec();
		}
		throw new IllegalStateException("ComfyDeploy needs Jackson 2 or Jackson 3: add "
				+ "'org.springframework.boot:spring-boot-starter-json' to the application");
	}

}
