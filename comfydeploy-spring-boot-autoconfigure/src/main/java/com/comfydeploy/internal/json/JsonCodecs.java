package com.comfydeploy.internal.json;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;
import org.springframework.util.ClassUtils;

/**
 * Factory of {@link JsonCodec}s.
 */
public final class JsonCodecs {

	private JsonCodecs() {
	}

	/**
	 * Create a codec over Jackson 2 or Jackson 3. If both are on the class path, Jackson
	 * 2 is used: the annotations of Spring Boot 3 are too old for Jackson 3.
	 * @param classLoader the class loader of Jackson
	 * @return a codec
	 * @throws IllegalStateException if neither is on the class path
	 */
	public static JsonCodec create(@Nullable ClassLoader classLoader) {
		return require(find(classLoader, false));
	}

	/**
	 * Create a codec as {@link #create(ClassLoader)} does, if it is possible.
	 * @param classLoader the class loader of Jackson
	 * @return a codec, or {@code null} if Jackson is not on the class path
	 */
	public static @Nullable JsonCodec find(@Nullable ClassLoader classLoader) {
		return find(classLoader, false);
	}

	/**
	 * Create a codec as {@link #create(ClassLoader)} does, for JSON as Python writes it:
	 * with {@code NaN} and {@code Infinity}, and texts of any length.
	 * @param classLoader the class loader of Jackson
	 * @return a codec
	 * @throws IllegalStateException if Jackson is not on the class path
	 */
	public static JsonCodec createLenient(@Nullable ClassLoader classLoader) {
		return require(find(classLoader, true));
	}

	private static @Nullable JsonCodec find(@Nullable ClassLoader classLoader, boolean lenient) {
		if (ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", classLoader)) {
			return new Jackson2Codec(lenient);
		}
		if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", classLoader)) {
			return new Jackson3Codec(lenient);
		}
		return null;
	}

	private static JsonCodec require(@Nullable JsonCodec codec) {
		Assert.state(codec != null, "ComfyDeploy needs Jackson 2 or Jackson 3: add "
				+ "'org.springframework.boot:spring-boot-starter-json' to the application");
		return codec;
	}

}
