package com.comfydeploy.error;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.JsonCodecs;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Content of an error response, in most cases FastAPI's {@code detail}.
 */
final class ErrorBody {

	private static final int MAX_DESCRIPTION_LENGTH = 600;

	/** Part of a validation error that repeats the request, which may hold secrets. */
	private static final String INPUT = "input";

	private static final @Nullable JsonCodec codec = JsonCodecs.find(ErrorBody.class.getClassLoader());

	private final @Nullable String detail;

	private final String summary;

	private final List<ValidationError> errors;

	private ErrorBody(@Nullable String detail, String summary, List<ValidationError> errors) {
		this.detail = detail;
		this.summary = summary;
		this.errors = errors;
	}

	static ErrorBody parse(String body) {
		Object json = read(body);
		if (json == null) {
			return new ErrorBody(null, toSingleLine(stripMarkup(beforeInput(body))), List.of());
		}
		Object detail = (json instanceof Map<?, ?> map) ? map.get("detail") : null;
		if (detail == null) {
			return new ErrorBody(null, toSingleLine(describe(json)), List.of());
		}
		List<ValidationError> errors = validationErrors(detail);
		if (detail instanceof String text) {
			return new ErrorBody(text, toSingleLine(text), errors);
		}
		String description = toSingleLine(errors.isEmpty() ? describe(detail)
				: errors.stream().limit(50).map(ValidationError::toString).collect(Collectors.joining("; ")));
		return new ErrorBody(description, description, errors);
	}

	@Nullable String detail() {
		return this.detail;
	}

	String summary() {
		return this.summary;
	}

	List<ValidationError> errors() {
		return this.errors;
	}

	private static @Nullable Object read(String body) {
		String json = body.trim();
		if (!json.startsWith("{") && !json.startsWith("[")) {
			return null;
		}
		Object value = readJson(json);
		// Truncated list of errors: keep those before the end
		int end = json.length();
		for (int i = 0; value == null && i < 10 && end > 0; i++) {
			end = json.lastIndexOf("},", end - 1);
			value = (end > 0) ? readJson(json.substring(0, end) + "}]}") : null;
		}
		return value;
	}

	private static @Nullable Object readJson(String json) {
		try {
			return (codec != null) ? codec.read(json.getBytes(StandardCharsets.UTF_8), Object.class) : null;
		}
		catch (UnreadableJsonException ex) {
			return null;
		}
	}

	private static List<ValidationError> validationErrors(Object detail) {
		List<ValidationError> errors = new ArrayList<>();
		if (detail instanceof Collection<?> entries) {
			for (Object entry : entries) {
				if (entry instanceof Map<?, ?> map && (map.containsKey("loc") || map.containsKey("msg"))) {
					errors.add(validationError(map));
				}
			}
		}
		return List.copyOf(errors);
	}

	private static ValidationError validationError(Map<?, ?> entry) {
		List<Object> loc = new ArrayList<>();
		if (entry.get("loc") instanceof Collection<?> elements) {
			for (Object element : elements) {
				loc.add((element instanceof Integer) ? element : String.valueOf(element));
			}
		}
		return new ValidationError(loc, toText(entry.get("msg")), toText(entry.get("type")));
	}

	private static String toText(@Nullable Object value) {
		return (value != null) ? value.toString() : "";
	}

	private static String describe(@Nullable Object json) {
		if (json instanceof Map<?, ?> map) {
			return map.entrySet()
				.stream()
				.filter((entry) -> !INPUT.equals(entry.getKey()))
				.map((entry) -> entry.getKey() + ": " + describe(entry.getValue()))
				.collect(Collectors.joining(", "));
		}
		if (json instanceof Collection<?> elements) {
			return elements.stream().limit(50).map(ErrorBody::describe).collect(Collectors.joining("; "));
		}
		return String.valueOf(json);
	}

	/** Remove the copy of the request from truncated or malformed JSON. */
	private static String beforeInput(String body) {
		int input = body.indexOf("\"" + INPUT + "\"");
		return (input < 0) ? body : body.substring(0, input);
	}

	/** Remove the tags of a gateway's HTML page. */
	private static String stripMarkup(String body) {
		String start = body.substring(0, Math.min(body.length(), 8192));
		if (!start.stripLeading().startsWith("<")) {
			return start;
		}
		return start.replaceAll("(?is)<(script|style)\\b.*?(</\\1>|$)", " ").replaceAll("<[^>]*(>|$)", " ");
	}

	private static String toSingleLine(String text) {
		String line = text.replaceAll("[\\s\\p{Cntrl}]+", " ").trim();
		return ComfyDeployException.truncate(line, MAX_DESCRIPTION_LENGTH);
	}

}
