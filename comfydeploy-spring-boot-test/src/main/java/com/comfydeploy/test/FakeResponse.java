package com.comfydeploy.test;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.json.JsonWriter;
import org.springframework.http.HttpStatus;

/**
 * Response of the server.
 *
 * @param statusCode the HTTP status code
 * @param headers the headers
 * @param body the body, possibly empty
 * @param stream the writer of a body that does not end, or {@code null}
 * @param sent the number of bytes of the body after which the connection is dropped, or
 * its length
 */
record FakeResponse(int statusCode, Map<String, String> headers, byte[] body, @Nullable BodyStream stream, int sent) {

	private static final String CONTENT_TYPE = "Content-Type";

	private static final String TEXT = "text/plain; charset=utf-8";

	FakeResponse(int statusCode, Map<String, String> headers, byte[] body, @Nullable BodyStream stream) {
		this(statusCode, headers, body, stream, body.length);
	}

	static FakeResponse json(int statusCode, Object value) {
		return new FakeResponse(statusCode, Map.of(CONTENT_TYPE, "application/json"),
				JsonWriter.standard().write(value).toByteArray(), null);
	}

	static FakeResponse text(int statusCode, String text) {
		return empty(statusCode, Map.of()).withBody(TEXT, text);
	}

	static FakeResponse empty(int statusCode, Map<String, String> headers) {
		return new FakeResponse(statusCode, headers, new byte[0], null);
	}

	static FakeResponse events(BodyStream stream) {
		return new FakeResponse(200, Map.of(CONTENT_TYPE, "text/event-stream; charset=utf-8"), new byte[0], stream);
	}

	/**
	 * Return FastAPI's response for a status without a message.
	 */
	static FakeResponse ofStatus(int statusCode) {
		if (statusCode == 500) {
			return ApiError.internal().toResponse();
		}
		if (statusCode == 204 || statusCode == 304) {
			return empty(statusCode, Map.of());
		}
		HttpStatus status = HttpStatus.resolve(statusCode);
		return json(statusCode,
				Map.of("detail", (status != null) ? status.getReasonPhrase() : String.valueOf(statusCode)));
	}

	FakeResponse withHeader(String name, String value) {
		Map<String, String> headers = new LinkedHashMap<>(this.headers);
		headers.put(name, value);
		return new FakeResponse(this.statusCode, headers, this.body, this.stream, this.sent);
	}

	FakeResponse withBody(String contentType, String body) {
		return new FakeResponse(this.statusCode, this.headers, body.getBytes(StandardCharsets.UTF_8), null)
			.withHeader(CONTENT_TYPE, contentType);
	}

	/**
	 * Return the same response, of which only half of the body is sent.
	 */
	FakeResponse truncated() {
		return new FakeResponse(this.statusCode, this.headers, this.body, this.stream, this.body.length / 2);
	}

	boolean isTruncated() {
		return this.sent < this.body.length;
	}

	/**
	 * Return whether the server drops the connection after the response without
	 * announcing it.
	 */
	boolean isUnhandledFailure() {
		return this.statusCode == 500 && TEXT.equals(this.headers.get(CONTENT_TYPE));
	}

	/**
	 * Writer of a body that does not end.
	 */
	@FunctionalInterface
	interface BodyStream {

		void writeTo(OutputStream output) throws IOException, InterruptedException;

	}

}
