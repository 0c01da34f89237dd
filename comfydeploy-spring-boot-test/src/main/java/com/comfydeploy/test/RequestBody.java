package com.comfydeploy.test;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Reads the fields of a request and collects the validation errors, as FastAPI does for
 * what {@link com.comfydeploy.session.SessionOperations} can send. Values are valid only
 * after {@link #check()}.
 */
final class RequestBody {

	private static final List<String> GPUS = List.of("CPU", "T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100",
			"H200", "B200");

	private static final Pattern HASH = Pattern.compile("^[a-fA-F0-9]{40}$");

	private static final String NO_STRING = "Input should be a valid string";

	private static final Pattern BOOLEAN = Pattern.compile("true|false", Pattern.CASE_INSENSITIVE);

	private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");

	/** With hyphens or without, in braces, or as a URN. */
	private static final Pattern UUID_FORMS = Pattern.compile("(?:urn:uuid:|\\{)?(\\p{XDigit}{8})(-?)"
			+ "(\\p{XDigit}{4})\\2(\\p{XDigit}{4})\\2(\\p{XDigit}{4})\\2(\\p{XDigit}{12})}?");

	private static final Pattern NO_DIGIT = Pattern.compile("[^0-9a-fA-F-]");

	private static final Pattern JSON_TYPE = Pattern.compile("application/([^;]*\\+)?json\\s*(;|$)",
			Pattern.CASE_INSENSITIVE);

	private final String location;

	private final Map<String, @Nullable Object> fields;

	private final List<Map<String, @Nullable Object>> errors = new ArrayList<>();

	private RequestBody(String location, Map<String, @Nullable Object> fields) {
		this.location = location;
		this.fields = fields;
	}

	static RequestBody of(FakeRequest request) {
		Map<String, @Nullable Object> fields = fields(request);
		if (fields == null) {
			throw new ApiError(422, List.of(error("missing", List.of("body"), "Field required", null, null)));
		}
		return new RequestBody("body", fields);
	}

	/**
	 * Read a body that may be missing. In this case, there are no fields.
	 */
	static RequestBody ofOptional(FakeRequest request) {
		Map<String, @Nullable Object> fields = fields(request);
		return new RequestBody("body", (fields != null) ? fields : Map.of());
	}

	@SuppressWarnings("unchecked")
	private static @Nullable Map<String, @Nullable Object> fields(FakeRequest request) {
		String text = new String(request.body(), StandardCharsets.UTF_8);
		Object value = isJson(request.contentType()) ? parse(text) : text;
		if (text.isEmpty() || value == null) {
			return null;
		}
		if (!(value instanceof Map)) {
			throw new ApiError(422, List.of(error("model_attributes_type", List.of("body"),
					"Input should be a valid dictionary or object to extract fields from", value, null)));
		}
		return (Map<String, @Nullable Object>) value;
	}

	/** The position of an error and its text are not those of Python. */
	private static @Nullable Object parse(String text) {
		try {
			return (text.isEmpty()) ? null : RequestJson.read(text);
		}
		catch (UnreadableJsonException ex) {
			throw new ApiError(422, List.of(error("json_invalid", List.of("body", 0), "JSON decode error", Map.of(),
					Map.of("error", "Expecting value"))));
		}
	}

	static RequestBody ofQuery(FakeRequest request, String... parameters) {
		Map<String, @Nullable Object> fields = new LinkedHashMap<>();
		for (String parameter : parameters) {
			String value = request.parameter(parameter);
			if (value != null) {
				fields.put(parameter, value);
			}
		}
		return new RequestBody("query", fields);
	}

	/**
	 * Read a part of the path as a field.
	 */
	static RequestBody ofPath(String name, String value) {
		return new RequestBody("path", Map.of(name, value));
	}

	String string(String name) {
		Object value = required(name);
		if (value instanceof String text) {
			return text;
		}
		if (this.fields.containsKey(name)) {
			add("string_type", name, NO_STRING, value);
		}
		return "";
	}

	@Nullable String optionalString(String name) {
		Object value = this.fields.get(name);
		if (value == null || value instanceof String) {
			return (String) value;
		}
		add("string_type", name, NO_STRING, value);
		return null;
	}

	/** Check a commit, which has 40 hexadecimal digits. */
	void optionalHash(String name) {
		String hash = optionalString(name);
		if (hash != null && !HASH.matcher(hash).matches()) {
			add("string_pattern_mismatch", name, "String should match pattern '" + HASH + "'", hash,
					Map.of("pattern", HASH.toString()));
		}
	}

	/** Shorthands, or an object of many fields of which one is required. */
	void optionalDependencies(String name) {
		Object value = this.fields.get(name);
		boolean strings = value instanceof List<?> list && list.stream().allMatch(String.class::isInstance);
		boolean object = value instanceof Map<?, ?> map && map.containsKey("docker_command_steps");
		if (value != null && !strings && !object) {
			this.errors.add(error("list_type", List.of(this.location, name, "list[str]"),
					"Input should be a valid list", value, null));
		}
	}

	/** Return a UUID of any form in its usual form, in lower case. */
	String uuid(String name) {
		Object value = required(name);
		if (value instanceof String text) {
			Matcher uuid = UUID_FORMS.matcher(text);
			if (uuid.matches()) {
				return uuid.replaceAll("$1-$3-$4-$5-$6").toLowerCase(Locale.ROOT);
			}
			Matcher other = NO_DIGIT.matcher(text);
			String problem = other.find() ? "invalid character: found `" + other.group() + "` at " + (other.start() + 1)
					: "invalid length";
			add("uuid_parsing", name, "Input should be a valid UUID, " + problem, value, Map.of("error", problem));
		}
		else if (this.fields.containsKey(name)) {
			add("uuid_type", name, "UUID input should be a string, bytes or UUID object", value);
		}
		return "";
	}

	/** Return whether a text is a UUID in its usual form, in upper or lower case. */
	static boolean isUuid(String text) {
		try {
			return UUID.fromString(text).toString().equalsIgnoreCase(text);
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

	@Nullable String optionalGpu(String name) {
		return (this.fields.get(name) != null) ? gpu(name) : null;
	}

	/**
	 * Return a GPU, or {@code null} if the field is missing. A JSON null is an error.
	 */
	@Nullable String gpu(String name) {
		Object value = this.fields.get(name);
		if (!this.fields.containsKey(name)) {
			return null;
		}
		if (value instanceof String gpu && GPUS.contains(gpu)) {
			return gpu;
		}
		List<String> quoted = GPUS.stream().map((gpu) -> "'" + gpu + "'").toList();
		String expected = String.join(", ", quoted.subList(0, quoted.size() - 1)) + " or "
				+ quoted.get(quoted.size() - 1);
		add("enum", name, "Input should be " + expected, value, Map.of("expected", expected));
		return null;
	}

	long integer(String name) {
		Object value = required(name);
		if (value == null && this.fields.containsKey(name)) {
			add("int_type", name, "Input should be a valid integer", null);
		}
		Long integer = optionalInteger(name);
		return (integer != null) ? integer : 0;
	}

	/**
	 * Return an integer. If it does not fit in 64 bits, return the nearest one that does.
	 */
	@Nullable Long optionalInteger(String name) {
		Object value = this.fields.get(name);
		if (value == null) {
			return null;
		}
		if (INTEGER.matcher(value.toString()).matches()) {
			return toLong(new BigInteger(value.toString()));
		}
		boolean text = value instanceof String;
		add(text ? "int_parsing" : "int_type", name,
				"Input should be a valid integer" + (text ? ", unable to parse string as an integer" : ""), value);
		return null;
	}

	@Nullable Boolean optionalBool(String name) {
		return this.fields.containsKey(name) ? bool(name) : null;
	}

	boolean bool(String name) {
		if (!this.fields.containsKey(name)) {
			return false;
		}
		Object value = this.fields.get(name);
		if (value != null && BOOLEAN.matcher(value.toString()).matches()) {
			return Boolean.parseBoolean(value.toString());
		}
		boolean text = value instanceof String;
		add(text ? "bool_parsing" : "bool_type", name,
				"Input should be a valid boolean" + (text ? ", unable to interpret input" : ""), value);
		return false;
	}

	/**
	 * Throw the error of a 422 if a field was invalid.
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

	private static long toLong(BigInteger integer) {
		return integer.min(BigInteger.valueOf(Long.MAX_VALUE)).max(BigInteger.valueOf(Long.MIN_VALUE)).longValue();
	}

	private void add(String type, String name, String message, @Nullable Object input) {
		add(type, name, message, input, null);
	}

	private void add(String type, String name, String message, @Nullable Object input,
			@Nullable Map<String, ?> context) {
		this.errors.add(error(type, List.of(this.location, name), message, input, context));
	}

	private static Map<String, @Nullable Object> error(String type, List<Object> location, String message,
			@Nullable Object input, @Nullable Map<String, ?> context) {
		Map<String, @Nullable Object> error = new LinkedHashMap<>();
		error.put("type", type);
		error.put("loc", location);
		error.put("msg", message);
		error.put("input", input);
		if (context != null) {
			error.put("ctx", context);
		}
		return error;
	}

	/** A body without a type is read as JSON. */
	private static boolean isJson(@Nullable String contentType) {
		return contentType == null || JSON_TYPE.matcher(contentType).lookingAt();
	}

}
