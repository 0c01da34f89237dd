package com.comfydeploy.test;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Reader of HTTP/1.1 requests on a connection.
 */
final class HttpMessageReader {

	private static final int MAX_HEAD = 64 * 1024;

	/** Default limit of ComfyUI. */
	static final int MAX_BODY = 100 * 1024 * 1024;

	private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

	private final InputStream input;

	private final OutputStream output;

	HttpMessageReader(InputStream input, OutputStream output) {
		this.input = input;
		this.output = output;
	}

	/**
	 * Read a request.
	 * @return the request, or {@code null} at the end of the connection
	 * @throws BodyTooLargeException if its body is larger than ComfyUI takes
	 */
	@Nullable ComfyUiRequest read() throws IOException {
		byte[] head = readHead();
		if (head.length == 0) {
			return null;
		}
		String[] lines = new String(head, StandardCharsets.UTF_8).split("\r\n");
		String[] requestLine = lines[0].split(" ");
		if (requestLine.length != 3) {
			throw new IOException("No HTTP request");
		}
		Map<String, List<String>> headers = headers(lines);
		byte[] body = readBody(headers);
		return new ComfyUiRequest(requestLine[0], requestLine[1], headers, head, body);
	}

	private byte[] readHead() throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		int last4 = 0;
		while (last4 != 0x0d0a0d0a) {
			int read = this.input.read();
			if (read < 0 || head.size() == MAX_HEAD) {
				return new byte[0];
			}
			head.write(read);
			last4 = (last4 << 8) | read;
		}
		return head.toByteArray();
	}

	private static Map<String, List<String>> headers(String[] lines) {
		Map<String, List<String>> headers = new LinkedHashMap<>();
		for (int i = 1; i < lines.length; i++) {
			int colon = lines[i].indexOf(':');
			if (colon > 0) {
				headers
					.computeIfAbsent(lines[i].substring(0, colon).toLowerCase(Locale.ROOT), (name) -> new ArrayList<>())
					.add(lines[i].substring(colon + 1).trim());
			}
		}
		return headers;
	}

	private byte[] readBody(Map<String, List<String>> headers) throws IOException {
		if (headers.containsKey("expect")) {
			this.output.write(CONTINUE);
			this.output.flush();
		}
		if (headers.containsKey("transfer-encoding")) {
			return readChunks();
		}
		long length = Long.parseLong(headers.getOrDefault("content-length", List.of("0")).get(0));
		if (length > MAX_BODY) {
			throw new BodyTooLargeException();
		}
		byte[] body = this.input.readNBytes((int) length);
		if (body.length < length) {
			throw new EOFException("The body is incomplete");
		}
		return body;
	}

	private byte[] readChunks() throws IOException {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		while (true) {
			int size = Integer.parseInt(readLine().split(";")[0].trim(), 16);
			if (body.size() + (long) size > MAX_BODY) {
				throw new BodyTooLargeException();
			}
			body.write(this.input.readNBytes(size));
			readLine();
			if (size == 0) {
				return body.toByteArray();
			}
		}
	}

	private String readLine() throws IOException {
		StringBuilder line = new StringBuilder();
		int read = this.input.read();
		while (read != '\n') {
			if (read < 0 || line.length() > MAX_HEAD) {
				throw new EOFException("The body is incomplete");
			}
			line.append((char) read);
			read = this.input.read();
		}
		return line.toString();
	}

	/**
	 * Exception for a body that is larger than ComfyUI accepts.
	 */
	@SuppressWarnings("serial")
	static final class BodyTooLargeException extends IOException {

	}

}
