package com.comfydeploy.session;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the serialization of responses, for a cache or a queue.
 */
class SessionValuesTests {

	private static final Instant TIME = Instant.parse("2026-11-25T23:52:00.236074Z");

	private static final ObjectMapper JACKSON_2 = new ObjectMapper().registerModule(new JavaTimeModule());

	private static final JsonMapper JACKSON_3 = new JsonMapper();

	static Stream<Object> records() {
		return Stream.of(session("https://a.modal.host/x"), session(null), new CreatedSession("s1", "https://a"),
				new CreatedSession("s1", null), new SessionSnapshot("done", "v1", 3, null),
				new SessionLogEntry("Ready", "info", TIME), Gpu.of("A100-80GB"));
	}

	@ParameterizedTest
	@MethodSource("records")
	void recordsSurviveJackson2(Object value) throws Exception {
		assertThat(JACKSON_2.readValue(JACKSON_2.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
		ObjectMapper text = JACKSON_2.copy()
			.disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
			.disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS);
		assertThat(text.readValue(text.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
	}

	@ParameterizedTest
	@MethodSource("records")
	void recordsSurviveJackson3(Object value) {
		JsonMapper strict = JACKSON_3.rebuild()
			.enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
			.build();
		assertThat(JACKSON_3.readValue(JACKSON_3.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
		assertThat(strict.readValue(strict.writeValueAsBytes(value), value.getClass())).isEqualTo(value);
	}

	@ParameterizedTest
	@MethodSource("records")
	void recordsSurviveSerialization(Object value) throws Exception {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (ObjectOutputStream output = new ObjectOutputStream(bytes)) {
			output.writeObject(value);
		}
		try (ObjectInputStream input = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
			assertThat(input.readObject()).isEqualTo(value);
		}
	}

	@Test
	void jsonOfSessionSaysWhetherItIsReady() throws Exception {
		assertThat(JACKSON_2.readTree(JACKSON_2.writeValueAsBytes(session(null))).get("ready").asBoolean()).isFalse();
		assertThat(JACKSON_2.readTree(JACKSON_2.writeValueAsBytes(session("https://a"))).get("ready").asBoolean())
			.isTrue();
	}

	private static Session session(String url) {
		return new Session("s1", "e1", url, Gpu.A10G, TIME, Duration.ofMinutes(15), TIME.plusSeconds(900), "m1", null,
				"running", "u1", null);
	}

}
