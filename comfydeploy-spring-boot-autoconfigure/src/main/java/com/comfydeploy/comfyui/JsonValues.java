package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * JSON as maps, lists, texts, numbers and booleans.
 */
final class JsonValues {

	private JsonValues() {
	}

	/**
	 * The value as an object; an empty one for what is none.
	 */
	@SuppressWarnings("unchecked")
	static Map<String, Object> object(@Nullable Object value) {
		return (value instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of();
	}

	/**
	 * The value as a list; an empty one for what is none.
	 */
	static List<?> list(@Nullable Object value) {
		return (value instanceof List<?> list) ? list : List.of();
	}

	/**
	 * The value as text, or {@code null} for what is none.
	 */
	static @Nullable String text(@Nullable Object value) {
		return (value instanceof String text) ? text : null;
	}

	/**
	 * The value as text, empty for what is none.
	 */
	static String textOrEmpty(@Nullable Object value) {
		return (value instanceof String text) ? text : "";
	}

	/**
	 * The value as a number, or {@code null} for what is none.
	 */
	static @Nullable Number number(@Nullable Object value) {
		return (value instanceof Number number) ? number : null;
	}

	/**
	 * Copy a value, so that nobody can change it.
	 */
	static @Nullable Object immutable(@Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			return immutable(map);
		}
		if (value instanceof List<?> list) {
			List<@Nullable Object> copy = new ArrayList<>(list.size());
			list.forEach((element) -> copy.add(immutable(element)));
			return Collections.unmodifiableList(copy);
		}
		return value;
	}

	static Map<String, Object> immutable(Map<?, ?> map) {
		Map<String, Object> copy = new LinkedHashMap<>();
		map.forEach((name, element) -> copy.put(String.valueOf(name), immutable(element)));
		return Collections.unmodifiableMap(copy);
	}

	/**
	 * Copy a value that an application wants to send.
	 * @throws IllegalArgumentException if JSON has no such value
	 */
	static Object valid(String name, @Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			map.values().forEach((element) -> valid(name, element));
			return immutable(map);
		}
		if (value instanceof List<?> list) {
			return Collections.unmodifiableList(list.stream().map((element) -> valid(name, element)).toList());
		}
		boolean notFinite = (value instanceof Double number && !Double.isFinite(number))
				|| (value instanceof Float other && !Float.isFinite(other));
		if (value == null || notFinite
				|| !(value instanceof String || value instanceof Number || value instanceof Boolean)) {
			throw new IllegalArgumentException("'" + name + "' must be a text, number, boolean, list or map, but is "
					+ ((value != null) ? (notFinite ? value : value.getClass().getName()) : "null"));
		}
		return value;
	}

}
