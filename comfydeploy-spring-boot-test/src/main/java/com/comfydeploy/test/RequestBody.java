package com.comfydeploy.test;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of a request as FastAPI does, and collects what is wrong with them.
 * Values that are read count only after {@link #check()}.
 */
final class RequestBody {

	private static final List<String> GPUS = List.of("CPU", "T4", "L4", "A10G", "L40S", "A100", "A100-80GB", "H100",
			"H200", "B200");

	private static final Pattern HASH = Pattern.compile("^[a-fA-F0-9]{40}$");

	private static final String NO_STRING = "Input should be a valid string";

	private static final String NO_OBJECT_TYPE = "model_attributes_type";

	private static final String NO_OBJECT = "Input should be a valid dictionary or object to extract fields from";

	private static final Pattern INTEGER = Pattern.compile("\\s*([+-]?[0-9]+(?:_[0-9]+)*)(?:\\.0+)?\\s*");

	private static final Pattern JSON_TYPE = Pattern.compile("application/([^;]*\\+)?json\\s*(;|$)",
			Pattern.CASE_INSENSITIVE);

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
		Map<String, @Nullable Object> fields = fields(request);
		if (fields == null) {
			throw new ApiError(422, List.of(error("missing", List.of("body"), "Field required", null, null)));
		}
		return new RequestBody("body", fields);
	}

	/**
	 * A body that may be missing: it has no fields then.
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
			throw new ApiError(422, List.of(error(NO_OBJECT_TYPE, List.of("body"), NO_OBJECT, value, null)));
		}
		return (Map<String, @Nullable Object>) value;
	}

	private static @Nullable Object parse(String text) {
		try {
			return (text.isEmpty()) ? null : JsonReader.read(text);
		}
		catch (JsonReader.MalformedJsonException ex) {
			throw new ApiError(422, List.of(error("json_invalid", List.of("body", ex.position()), "JSON decode error",
					Map.of(), Map.of("error", ex.problem()))));
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
	 * A part of the path.
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

	/** A commit, which has 40 hexadecimal digits. */
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
		if (value == null || (value instanceof Map<?, ?> object && object.containsKey("docker_command_steps"))) {
			return;
		}
		List<Object> strings = List.of(this.location, name, "list[str]");
		List<Object> object = List.of(this.location, name, "DepsBody");
		if (!(value instanceof List<?> list)) {
			this.errors.add(error("list_type", strings, "Input should be a valid list", value, null));
		}
		else if (list.stream().allMatch(String.class::isInstance)) {
			return;
		}
		else {
			for (int i = 0; i < list.size(); i++) {
				if (!(list.get(i) instanceof String)) {
					this.errors.add(error("string_type", append(strings, i), NO_STRING, list.get(i), null));
				}
			}
		}
		this.errors.add((value instanceof Map)
				? error("missing", append(object, "docker_command_steps"), "Field required", value, null)
				: error(NO_OBJECT_TYPE, object, NO_OBJECT, value, null));
	}

	private static List<Object> append(List<Object> location, Object last) {
		List<Object> longer = new ArrayList<>(location);
		longer.add(last);
		return longer;
	}

	String uuid(String name) {
		Object value = required(name);
		if (value instanceof String text) {
			String problem = UuidText.problem(text);
			if (problem == null) {
				return UuidText.normalize(text);
			}
			add("uuid_parsing", name, "Input should be a valid UUID, " + problem, value, Map.of("error", problem));
		}
		else if (this.fields.containsKey(name)) {
			add("uuid_type", name, "UUID input should be a string, bytes or UUID object", value);
		}
		return "";
	}

	@Nullable String optionalGpu(String name) {
		return (this.fields.get(name) != null) ? gpu(name) : null;
	}

	/**
	 * A GPU, which is {@code null} where it is missing, but may not be null.
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
	 * An integer of any size, those beyond 64 bits cut to them.
	 */
	@Nullable Long optionalInteger(String name) {
		Object value = this.fields.get(name);
		if (value instanceof String text) {
			Matcher matcher = INTEGER.matcher(text);
			if (matcher.matches()) {
				return toLong(new BigInteger(matcher.group(1).replace("_", "")));
			}
			add("int_parsing", name, "Input should be a valid integer, unable to parse string as an integer", value);
		}
		else if (value instanceof Boolean bool) {
			return bool ? 1L : 0L;
		}
		else if (value instanceof BigInteger integer) {
			return toLong(integer);
		}
		else if (value instanceof Number number) {
			if (isWhole(number)) {
				return number.longValue();
			}
			add("int_from_float", name, "Input should be a valid integer, got a number with a fractional part", value);
		}
		else if (value != null) {
			add("int_type", name, "Input should be a valid integer", value);
		}
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
		boolean whole = value instanceof Number number && isWhole(number);
		String text = (whole ? String.valueOf(((Number) value).longValue()) : String.valueOf(value))
			.toLowerCase(Locale.ROOT);
		if (TRUE.contains(text)) {
			return true;
		}
		if (!FALSE.contains(text)) {
			boolean interpreted = value instanceof String || whole;
			add(interpreted ? "bool_parsing" : "bool_type", name,
					"Input should be a valid boolean" + (interpreted ? ", unable to interpret input" : ""), value);
		}
		return false;
	}

	/**
	 * Respond with 422 if anything was wrong.
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

	private static boolean isWhole(Number number) {
		return number.doubleValue() == Math.rint(number.doubleValue());
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

	/** Without a type it is taken for JSON. */
	private static boolean isJson(@Nullable String contentType) {
		return contentType == null || JSON_TYPE.matcher(contentType).lookingAt();
	}

}
