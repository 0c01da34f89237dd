package com.comfydeploy.test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Request that the ComfyUI of a fake session received, including one that failed.
 *
 * @see FakeComfyDeploy#comfyUiRequests()
 */
public final class ComfyUiRequest {

	private final String method;

	private final String path;

	private final Map<String, List<String>> headers;

	private final byte[] head;

	private final byte[] body;

	/**
	 * Create a request.
	 * @param method the HTTP method
	 * @param path the path below the session's URL with its query
	 * @param headers the headers, their names in lower case
	 * @param head the request line and the headers, as they were sent
	 * @param body the body
	 */
	ComfyUiRequest(String method, String path, Map<String, List<String>> headers, byte[] head, byte[] body) {
		this.method = method;
		this.path = path;
		this.headers = headers;
		this.head = head;
		this.body = body;
	}

	/**
	 * Return the HTTP method.
	 * @return the method
	 */
	public String method() {
		return this.method;
	}

	/**
	 * Return the path below the session's URL with its query, as it was sent:
	 * {@code /view?filename=a.png&subfolder=&type=output}.
	 * @return the path
	 */
	public String path() {
		return this.path;
	}

	/**
	 * Return the headers.
	 * @return the values of each header, by its name in lower case
	 */
	public Map<String, List<String>> headers() {
		return this.headers;
	}

	/**
	 * Return the first value of a header.
	 * @param name the header's name, in upper or lower case
	 * @return the value, or empty if there is no such header
	 */
	public Optional<String> header(String name) {
		return this.headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream().findFirst();
	}

	/**
	 * Return the body as text.
	 * @return the body, empty if there was none
	 */
	public String body() {
		return new String(this.body, StandardCharsets.UTF_8);
	}

	/**
	 * Return the body.
	 * @return a copy of the bytes
	 */
	public byte[] bodyBytes() {
		return this.body.clone();
	}

	/**
	 * Return the whole request as it was sent, except for the framing of a chunked body.
	 * @return a copy of the bytes
	 */
	public byte[] toBytes() {
		byte[] bytes = new byte[this.head.length + this.body.length];
		System.arraycopy(this.head, 0, bytes, 0, this.head.length);
		System.arraycopy(this.body, 0, bytes, this.head.length, this.body.length);
		return bytes;
	}

	ComfyUiRequest withPath(String path) {
		return new ComfyUiRequest(this.method, path, this.headers, this.head, this.body);
	}

	int size() {
		return this.head.length + this.body.length;
	}

	byte[] content() {
		return this.body;
	}

	@Override
	public String toString() {
		return this.method + " " + this.path;
	}

}
