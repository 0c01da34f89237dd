package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * A response, read up to a bound.
 *
 * @param statusCode the HTTP status code
 * @param headers the headers
 * @param body the body; one that is longer than its bound was longer on the wire
 * @param stream the body of a success that has not been read, which is to be closed
 */
record SessionResponse(int statusCode, HttpHeaders headers, byte[] body, InputStream stream) {

	/** The bound of a 2xx body: 10 MiB. */
	static final int MAX_BODY = 10 * 1024 * 1024;

	/** The bound of any other body: 64 KiB. */
	static final int MAX_ERROR_BODY = 64 * 1024;

	/** Read beyond the bound, so that a token across it can be recognised. */
	private static final int SLACK = 8 * 1024;

	static SessionResponse read(ClientHttpResponse response) throws IOException {
		int statusCode = response.getStatusCode().value();
		try (InputStream body = response.getBody()) {
			return new SessionResponse(statusCode, response.getHeaders(), readBody(body, maxRead(statusCode)),
					InputStream.nullInputStream());
		}
	}

	/** What our own transport has read is bounded, and as long as it is. */
	private static byte[] readBody(InputStream body, int bound) throws IOException {
		return (body instanceof ByteArrayBody read) ? read.array() : body.readNBytes(bound);
	}

	/**
	 * Leave the body of a success to be read later.
	 */
	static SessionResponse open(ClientHttpResponse response) throws IOException {
		int statusCode = response.getStatusCode().value();
		return isSuccessful(statusCode)
				? new SessionResponse(statusCode, response.getHeaders(), new byte[0], response.getBody())
				: read(response);
	}

	/**
	 * How much of a body is worth reading.
	 */
	static int maxRead(int statusCode) {
		return maxBody(statusCode) + SLACK;
	}

	/**
	 * The same without a token that the server may have echoed.
	 */
	SessionResponse masking(BearerToken token) {
		HttpHeaders maskedHeaders = new HttpHeaders();
		this.headers.forEach((name, values) -> maskedHeaders.put(name, values.stream().map(token::mask).toList()));
		byte[] maskedBody = token.mask(new String(this.body, charset())).getBytes(charset());
		return new SessionResponse(this.statusCode, maskedHeaders, maskedBody, this.stream);
	}

	private static int maxBody(int statusCode) {
		return isSuccessful(statusCode) ? MAX_BODY : MAX_ERROR_BODY;
	}

	boolean isSuccessful() {
		return isSuccessful(this.statusCode);
	}

	/**
	 * Whether the body is longer than its bound.
	 */
	boolean isCut() {
		return this.body.length > maxBody(this.statusCode);
	}

	@Nullable Duration retryAfter(Instant now) {
		return new ApiErrorResponse("", this.statusCode, headerMap(), "", 0, false).retryAfter(now);
	}

	Map<String, List<String>> headerMap() {
		Map<String, List<String>> map = new LinkedHashMap<>();
		this.headers.forEach(map::put);
		return map;
	}

	/**
	 * The body as text in the charset that the response names, if it names one.
	 */
	String text() {
		int length = Math.min(this.body.length, maxBody(this.statusCode));
		return new String(this.body, 0, length, charset());
	}

	/**
	 * Read the body of a success.
	 * @throws UnreadableJsonException if it is not what was promised
	 */
	<T> T read(JsonCodec json, Class<T> type) {
		if (isCut()) {
			throw new UnreadableJsonException("it is larger than " + MAX_BODY + " bytes");
		}
		String coding = this.headers.getFirst(HttpHeaders.CONTENT_ENCODING);
		if (coding != null && !coding.equalsIgnoreCase("identity")) {
			throw new UnreadableJsonException("it is encoded as '" + coding + "'");
		}
		T value = (this.body.length > 0) ? json.read(json(), type) : null;
		if (value == null) {
			throw new UnreadableJsonException("it is empty");
		}
		return value;
	}

	/**
	 * The body as JSON that a reader of UTF-8, UTF-16 and UTF-32 understands.
	 */
	byte[] json() {
		Charset charset = charset();
		return charset.name().startsWith("UTF-") ? this.body
				: new String(this.body, charset).getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Whether the body is a stream of events.
	 */
	boolean isEventStream() {
		String contentType = this.headers.getFirst(HttpHeaders.CONTENT_TYPE);
		return contentType != null
				&& contentType.split(";", 2)[0].trim().equalsIgnoreCase(MediaType.TEXT_EVENT_STREAM_VALUE);
	}

	private Charset charset() {
		String contentType = this.headers.getFirst(HttpHeaders.CONTENT_TYPE);
		if (contentType != null && contentType.toLowerCase(Locale.ROOT).contains("charset")) {
			try {
				Charset charset = MediaType.parseMediaType(contentType).getCharset();
				return (charset != null && charset.canEncode()) ? charset : StandardCharsets.UTF_8;
			}
			catch (IllegalArgumentException ex) {
				// malformed, and JSON is UTF-8 anyway
			}
		}
		return StandardCharsets.UTF_8;
	}

	private static boolean isSuccessful(int statusCode) {
		return statusCode >= 200 && statusCode < 300;
	}

}
