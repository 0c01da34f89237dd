package com.comfydeploy.test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.json.JsonParseException;
import org.springframework.boot.json.JsonParserFactory;

/**
 * Reads the fields of a request as FastAPI does, and collects what is wrong with them.
 * What is read counts only after {@link #check()}.
 */
final class RequestBody {

	private static final List<String> GPUS = List.of("CPU", "T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100",
			"H200", "B200");

	private static final Set<String> TRUE = Set.of("true", "1", "on", "t", "y", "yes");

	private static final Set<String> FALSE = Set.of("false", "0", "off", "f", "n", "no");

	private final String location;

	private final Map<String, @Nullable Object> fields;

	private final List<Map<String, @Nullable Object>> errors = new ArrayList<>();

	private RequestBody(String location, Map<String, @Nullable Object> fields) {
		this.location = location;
		this.fields = fields;
	}

	static RequestBody of(FakeRequest request) {
		String text = new String(request.body(), StandardCharsets.UTF_8).trim();
		if (text.isEmpty() || text.equals("null")) {
			throw invalid(error("missing", List.of("body"), "Field required", null));
		}
		if (!isJson(request.contentType()) || text.startsWith("[") || text.startsWith("\"")) {
			throw invalid(error("model_attributes_type", List.of("body"),
					"Input should be a valid dictionary or object to extract fields from", text));
		}
		try {
			return new RequestBody("body", JsonParserFactory.getJsonParser().parseMap(text));
		}
		catch (JsonParseException ex) {
			throw invalid(error("json_invalid", List.of("body", 1), "JSON decode error", Map.of()));
		}
	}

	static RequestBody ofQuery(FakeRequest request, String parameter) {
		Map<String, @Nullable Object> fields = new LinkedHashMap<>();
		String value = request.parameter(parameter);
		if (value != null) {
			fields.put(parameter, value);
		}
		return new RequestBody("query", fields);
	}

	String string(String name) {
		Object value = required(name);
		if (value instanceof String text) {
			return text;
		}
		if (this.fields.containsKey(name)) {
			add("string_type", name, "Input should be a valid string", value);
		}
		return "";
	}

	String uuid(String name) {
		String text = string(name);
		if (this.fields.get(name) instanceof String) {
			try {
				return UUID.fromString(text).toString();
			}
			catch (IllegalArgumentException ex) {
				add("uuid_parsing", name, "Input should be a valid UUID", text);
			}
		}
		return text;
	}

	@Nullable String optionalGpu(String name) {
		Object value = this.fields.get(name);
		if (value != null && !GPUS.contains(value)) {
			List<String> quoted = GPUS.stream().map((gpu) -> "'" + gpu + "'").toList();
			add("enum", name, "Input should be " + String.join(", ", quoted.subList(0, quoted.size() - 1)) + " or "
					+ quoted.get(quoted.size() - 1), value);
		}
		return (value instanceof String gpu) ? gpu : null;
	}

	int integer(String name) {
		Object value = required(name);
		Integer integer = (value != null) ? optionalInteger(name) : null;
		if (value == null && this.fields.containsKey(name)) {
			add("int_type", name, "Input should be a valid integer", null);
		}
		return (integer != null) ? integer : 0;
	}

	@Nullable Integer optionalInteger(String name) {
		Object value = this.fields.get(name);
		if (value instanceof String text) {
			try {
				return toInt(Long.parseLong(text.trim()));
			}
			catch (NumberFormatException ex) {
				add("int_parsing", name, "Input should be a valid integer, unable to parse string as an integer",
						value);
			}
		}
		else if (value instanceof Number number) {
			if (number.doubleValue() == Math.rint(number.doubleValue())) {
				return toInt(number.longValue());
			}
			add("int_from_float", name, "Input should be a valid integer, got a number with a fractional part", value);
		}
		else if (value != null) {
			add("int_type", name, "Input should be a valid integer", value);
		}
		return null;
	}

	boolean bool(String name) {
		if (!this.fields.containsKey(name)) {
			return false;
		}
		Object value = this.fields.get(name);
		String text = String.valueOf(value).toLowerCase(Locale.ROOT);
		if (value == null) {
			add("bool_type", name, "Input should be a valid boolean", null);
		}
		else if (!TRUE.contains(text) && !FALSE.contains(text)) {
			add("bool_parsing", name, "Input should be a valid boolean, unable to interpret input", value);
		}
		return TRUE.contains(text);
	}

	/**
	 * Answer with 422 if anything was wrong.
	 */
	void check() {
		if (!this.errors.isEmpty()) {
			throw new ApiError(422, this.errors);
		}
	}

	private @Nullable Object required(String name) {
		if (!this.fields.containsKey(name)) {
			add("missing", name, "Field required", this.fields);
		}
		return this.fields.get(name);
	}

	/** The database's integers have 32 bits, and nobody checks before. */
	private static int toInt(long value) {
		if (value != (int) value) {
			throw ApiError.internal();
		}
		return (int) value;
	}

	private void add(String type, String name, String message, @Nullable Object input) {
		this.errors.add(error(type, List.of(this.location, name), message, input));
	}

	private static Map<String, @Nullable Object> error(String type, List<Object> location, String message,
			@Nullable Object input) {
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("type", type);
		error.put("loc", location);
		error.put("msg", message);
		error.put("input", input);
		return error;
	}

	private static ApiError invalid(Map<String, @Nullable Object> error) {
		return new ApiError(422, List.of(error));
	}

	private static boolean isJson(@Nullable String contentType) {
		return contentType == null || contentType.toLowerCase(Locale.ROOT).startsWith("application/json");
	}

}
