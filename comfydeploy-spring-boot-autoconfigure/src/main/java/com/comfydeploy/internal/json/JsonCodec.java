package com.comfydeploy.internal.json;

import org.jspecify.annotations.Nullable;

/**
 * Converts the types on the wire with a mapper of its own, which the application cannot
 * change.
 */
public interface JsonCodec {

	/**
	 * Write a value.
	 * @param value the value
	 * @return the JSON, in UTF-8
	 */
	byte[] write(Object value);

	/**
	 * Read a JSON document.
	 * @param <T> the type of the value
	 * @param json the document, in UTF-8, UTF-16 or UTF-32
	 * @param type the type of the value
	 * @return the value, or {@code null} for JSON's {@code null}
	 * @throws UnreadableJsonException if the document is not JSON, or not of the type
	 */
	<T> @Nullable T read(byte[] json, Class<T> type);

}
