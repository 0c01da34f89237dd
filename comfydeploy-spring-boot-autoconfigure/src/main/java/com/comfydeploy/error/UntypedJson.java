package com.comfydeploy.error;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Parser of JSON into maps, lists and scalars. Uses the version of Jackson that is on the
 * class path.
 */
final class UntypedJson {

	private static final Parser PARSER = createParser(UntypedJson.class.getClassLoader());

	private UntypedJson() {
	}

	/**
	 * Parse JSON.
	 * @param json the text
	 * @return the value, or {@code null} if the text is not valid JSON
	 */
	static @Nullable Object parse(String json) {
		try {
			return PARSER.parse(json);
		}
		catch (Exception ex) {
			return null;
		}
	}

	private static Parser createParser(@Nullable ClassLoader classLoader) {
		if (ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", classLoader)) {
			return new Jackson2();
		}
		if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", classLoader)) {
			return new Jackson3();
		}
		return (json) -> null;
	}

	@FunctionalInterface
	private interface Parser {

		@Nullable Object parse(String json) throws Exception;

	}

	private static final class Jackson3 implements Parser {

		private final tools.jackson.databind.json.JsonMapper mapper = tools.jackson.databind.json.JsonMapper.builder()
			.build();

		@Override
		public @Nullable Object parse(String json) {
			return this.mapper.readValue(json, Object.class);
		}

	}

	private static final class Jackson2 implements Parser {

		private final com.fasterxml.jackson.databind.ObjectMapper mapper = com.fasterxml.jackson.databind.json.JsonMapper
			.builder()
			.build();

		@Override
		public @Nullable Object parse(String json) throws Exception {
			return this.mapper.readValue(json, Object.class);
		}

	}

}
