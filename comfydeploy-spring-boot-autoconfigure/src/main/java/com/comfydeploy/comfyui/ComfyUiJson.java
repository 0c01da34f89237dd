package com.comfydeploy.comfyui;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.JsonCodecs;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Reads and writes JSON as maps, lists, texts, numbers and booleans, including
 * {@code NaN} and {@code Infinity}, which Python writes.
 */
final class ComfyUiJson {

	/** Created when it is first used, as an application may have no Jackson. */
	private static volatile @Nullable JsonCodec codec;

	private ComfyUiJson() {
	}

	/**
	 * Read a JSON document.
	 * @return the value, or {@code null} for JSON's {@code null}
	 * @throws UnreadableJsonException if it is not JSON
	 */
	static @Nullable Object read(String json) {
		return read(json.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Read a JSON document.
	 * @return the value, or {@code null} for JSON's {@code null}
	 * @throws UnreadableJsonException if it is not JSON
	 */
	static @Nullable Object read(byte[] json) {
		return codec().read(json, Object.class);
	}

	static byte[] write(Object value) {
		return codec().write(value);
	}

	private static JsonCodec codec() {
		JsonCodec current = codec;
		if (current == null) {
			current = JsonCodecs.createLenient(ComfyUiJson.class.getClassLoader());
			codec = current;
		}
		return current;
	}

}
