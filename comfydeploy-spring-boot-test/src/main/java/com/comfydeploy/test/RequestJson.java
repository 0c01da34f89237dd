package com.comfydeploy.test;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.JsonCodecs;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * JSON of requests, which may have {@code NaN} and {@code Infinity}, as in Python.
 */
final class RequestJson {

	private static final JsonCodec codec = JsonCodecs.createLenient(RequestJson.class.getClassLoader());

	private RequestJson() {
	}

	/**
	 * Read a document.
	 * @param json the document
	 * @return maps, lists, strings, numbers and booleans, or {@code null}
	 * @throws UnreadableJsonException if it is malformed
	 */
	static @Nullable Object read(String json) {
		return codec.read(json.getBytes(StandardCharsets.UTF_8), Object.class);
	}

}
