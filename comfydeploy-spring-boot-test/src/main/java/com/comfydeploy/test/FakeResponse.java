package com.comfydeploy.test;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import org.springframework.boot.json.JsonWriter;

/**
 * A response of the server.
 *
 * @param statusCode the HTTP status code
 * @param headers the headers
 * @param body the body, maybe empty
 */
record FakeResponse(int statusCode, Map<String, String> headers, byte[] body) {

	static FakeResponse json(int statusCode, Object value) {
		return new FakeResponse(statusCode, Map.of("Content-Type", "application/json"),
				JsonWriter.standard().write(value).toByteArray());
	}

	static FakeResponse text(int statusCode, String text) {
		return new FakeResponse(statusCode, Map.of("Content-Type", "text/plain; charset=utf-8"),
				text.getBytes(StandardCharsets.UTF_8));
	}

	FakeResponse withHeader(String name, String value) {
		Map<String, String> headers = new LinkedHashMap<>(this.headers);
		headers.put(name, value);
		return new FakeResponse(this.statusCode, headers, this.body);
	}

}
