package com.comfydeploy.error;

import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Reads JSON into maps, lists and scalars with whichever Jackson there is.
 */
final class UntypedJson {

	private static final Reader READER = reader(UntypedJson.class.getClassLoader());

	private UntypedJson() {
	}

	/**
	 * Read a JSON text.
	 * @param json the text
	 * @return its value, or {@code null} if it cannot be read
	 */
	static @Nullable Object read(String json) {
		try {
			return READER.read(json);
		}
		catch (Exception ex) {
			return null;
		}
	}

	private static Reader reader(@Nullable ClassLoader classLoader) {
		if (ClassUtils.isPresent("com.fasterxml.jackson.databind.ObjectMapper", classLoader)) {
			return new Jackson2();
		}
		if (ClassUtils.isPresent("tools.jackson.databind.json.JsonMapper", classLoader)) {
			return new Jackson3();
		}
		return (json) -> null;
	}

	@FunctionalInterface
	private interface Reader {

		@Nullable Object read(String json) throws Exception;

	}

	private static final class Jackson3 implements Reader {

		private final tools.jackson.databind.json.JsonMapper mapper = tools.jackson.databind.json.JsonMapper.builder()
			.build();

		@Override
		public @Nullable Object read(String json) {
			return this.mapper.readValue(json, Object.class);
		}

	}

	private static final class Jackson2 implements Reader {

		private final com.fasterxml.jackson.databind.ObjectMapper mapper = com.fasterxml.jackson.databind.json.JsonMapper
			.builder()
			.build();

		@Override
		public @Nullable Object read(String json) throws Exception {
			return this.mapper.readValue(json, Object.class);
		}

	}

}
