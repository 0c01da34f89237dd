package com.comfydeploy.comfyui;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that was parsed into maps, lists, texts, numbers and booleans.
 */
final class JsonValues {

	private JsonValues() {
	}

	/**
	 * Return the value as an object, empty if it is not one.
	 */
	@SuppressWarnings("unchecked")
	static Map<String, Object> object(@Nullable Object value) {
		return (value instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of();
	}

	/**
	 * Return the value as a list, empty if it is not one.
	 */
	static List<?> list(@Nullable Object value) {
		return (value instanceof List<?> list) ? list : List.of();
	}

	/**
	 * Return the value as text, or {@code null} if it is not text.
	 */
	static @Nullable String text(@Nullable Object value) {
		return (value instanceof String text) ? text : null;
	}

	/**
	 * Return the value as text, empty if it is not text.
	 */
	static String textOrEmpty(@Nullable Object value) {
		return (value instanceof String text) ? text : "";
	}

	/**
	 * Return the value as a number, or {@code null} if it is not one.
	 */
	static @Nullable Number number(@Nullable Object value) {
		return (value instanceof Number number) ? number : null;
	}

	/**
	 * Return an immutable copy of a value.
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
	 * Check a value of the application, and return an immutable copy.
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
