package com.comfydeploy.internal.json;

import java.io.IOException;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jspecify.annotations.Nullable;

/**
 * {@link JsonCodec} over Jackson 2.
 */
public final class Jackson2Codec implements JsonCodec {

	private final ObjectMapper mapper;

	/**
	 * Create a codec for standard JSON.
	 */
	public Jackson2Codec() {
		this(false);
	}

	/**
	 * Create a codec.
	 * @param lenient whether to read texts of any length, and to read and write
	 * {@code NaN} and {@code Infinity}
	 */
	Jackson2Codec(boolean lenient) {
		StreamReadConstraints constraints = lenient
				? StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build()
				: StreamReadConstraints.defaults();
		this.mapper = JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
			.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
			.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
			.configure(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS, lenient)
			.configure(JsonWriteFeature.WRITE_NAN_AS_STRINGS, !lenient)
			.build();
	}

	@Override
	public byte[] write(Object value) {
		try {
			return this.mapper.writeValueAsBytes(value);
		}
		catch (JsonProcessingException ex) {
			throw new IllegalStateException("Cannot write " + value.getClass().getSimpleName(), ex);
		}
	}

	@Override
	public <T> @Nullable T read(byte[] json, Class<T> type) {
		try {
			return this.mapper.readValue(json, type);
		}
		catch (JacksonException ex) {
			JsonLocation location = ex.getLocation();
			throw new UnreadableJsonException(ex.getClass().getSimpleName() + ((location != null)
					? " at line " + location.getLineNr() + ", column " + location.getColumnNr() : ""));
		}
		catch (IOException ex) {
			throw new UnreadableJsonException(ex.getClass().getSimpleName());
		}
	}

}
