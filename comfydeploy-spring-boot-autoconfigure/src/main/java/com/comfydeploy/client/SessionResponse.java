package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;

import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * A response, with a body of limited size.
 *
 * @param statusCode the HTTP status code
 * @param headers the headers
 * @param body the body; a body that is longer than its limit is truncated
 * @param stream the body of a success that has not been read; must be closed
 */
record SessionResponse(int statusCode, HttpHeaders headers, byte[] body, InputStream stream) {

	/** Limit of a 2xx body: 10 MiB. */
	static final int MAX_BODY = 10 * 1024 * 1024;

	/** Limit of any other body: 64 KiB. */
	static final int MAX_ERROR_BODY = 64 * 1024;

	/** Bytes to read beyond the limit, to mask a token that crosses it. */
	private static final int SLACK = 8 * 1024;

	static SessionResponse read(ClientHttpResponse response) throws IOException {
		int statusCode = response.getStatusCode().value();
		try (InputStream body = response.getBody()) {
			return new SessionResponse(statusCode, response.getHeaders(), readBody(body, maxRead(statusCode)),
					InputStream.nullInputStream());
		}
	}

	/** The client's own transport has limited the body already. */
	private static byte[] readBody(InputStream body, int limit) throws IOException {
		return (body instanceof ByteArrayBody read) ? read.array() : body.readNBytes(limit);
	}

	/**
	 * Read an error response, or leave the body of a success to be read later.
	 */
	static SessionResponse open(ClientHttpResponse response) throws IOException {
		int statusCode = response.getStatusCode().value();
		return isSuccessful(statusCode)
				? new SessionResponse(statusCode, response.getHeaders(), new byte[0], response.getBody())
				: read(response);
	}

	/**
	 * Return how many bytes of a body to read.
	 */
	static int maxRead(int statusCode) {
		return maxBody(statusCode) + SLACK;
	}

	private static int maxBody(int statusCode) {
		return isSuccessful(statusCode) ? MAX_BODY : MAX_ERROR_BODY;
	}

	boolean isSuccessful() {
		return isSuccessful(this.statusCode);
	}

	private boolean isTooLarge() {
		return this.body.length > maxBody(this.statusCode);
	}

	/**
	 * Return the headers. The token is masked, because the server may have echoed it.
	 */
	Map<String, List<String>> maskedHeaders(BearerToken token) {
		Map<String, List<String>> masked = new LinkedHashMap<>();
		this.headers.forEach((name, values) -> masked.put(name, values.stream().map(token::mask).toList()));
		return masked;
	}

	/**
	 * Return the body as text, in the charset of the response if it has one. The token is
	 * masked, because the server may have echoed it.
	 */
	String maskedText(BearerToken token) {
		Charset charset = charset();
		String text = token.mask(new String(this.body, charset));
		if (!isTooLarge()) {
			return text;
		}
		byte[] bytes = text.getBytes(charset);
		return new String(bytes, 0, Math.min(bytes.length, maxBody(this.statusCode)), charset);
	}

	/**
	 * Read the body of a success.
	 * @throws UnreadableJsonException if the body is not the expected JSON
	 */
	<T> T read(JsonCodec json, Class<T> type) {
		if (isTooLarge()) {
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

	/** JSON parsers read UTF-8, UTF-16 and UTF-32. */
	private byte[] json() {
		Charset charset = charset();
		return charset.name().startsWith("UTF-") ? this.body
				: new String(this.body, charset).getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Return whether the body is a stream of events.
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
				// Malformed, and JSON is UTF-8
			}
		}
		return StandardCharsets.UTF_8;
	}

	private static boolean isSuccessful(int statusCode) {
		return statusCode >= 200 && statusCode < 300;
	}

}
