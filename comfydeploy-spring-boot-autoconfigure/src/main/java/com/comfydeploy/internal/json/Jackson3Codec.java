package com.comfydeploy.internal.json;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@link JsonCodec} over Jackson 3.
 */
public final class Jackson3Codec implements JsonCodec {

	private final JsonMapper mapper;

	/**
	 * Create a codec for standard JSON.
	 */
	public Jackson3Codec() {
		this(false);
	}

	/**
	 * Create a codec.
	 * @param lenient whether to read texts of any length, and to read and write
	 * {@code NaN} and {@code Infinity}
	 */
	Jackson3Codec(boolean lenient) {
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
		return this.mapper.writeValueAsBytes(value);
	}

	@Override
	public <T> @Nullable T read(byte[] json, Class<T> type) {
		try {
			return this.mapper.readValue(json, type);
		}
		catch (JacksonException ex) {
			TokenStreamLocation location = ex.getLocation();
			throw new UnreadableJsonException(ex.getClass().getSimpleName() + ((location != null)
					? " at line " + location.getLineNr() + ", column " + location.getColumnNr() : ""));
		}
	}

}
