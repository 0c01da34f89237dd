package com.comfydeploy.comfyui;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A {@code multipart/form-data} body.
 */
final class Multipart {

	private final String boundary = "comfydeploy-" + UUID.randomUUID();

	private final List<byte[]> pieces = new ArrayList<>();

	Multipart field(String name, String value) {
		part("name=\"" + name + "\"", "text/plain; charset=utf-8", value.getBytes(StandardCharsets.UTF_8));
		return this;
	}

	/**
	 * Add a file.
	 * @param filename letters, digits, dots, hyphens and underscores
	 */
	Multipart file(String name, String filename, byte[] content) {
		part("name=\"" + name + "\"; filename=\"" + filename + "\"", "application/octet-stream", content);
		return this;
	}

	private void part(String parameters, String contentType, byte[] content) {
		add("--" + this.boundary + "\r\nContent-Disposition: form-data; " + parameters + "\r\nContent-Type: "
				+ contentType + "\r\n\r\n");
		this.pieces.add(content);
		add("\r\n");
	}

	private void add(String text) {
		this.pieces.add(text.getBytes(StandardCharsets.US_ASCII));
	}

	String contentType() {
		return "multipart/form-data; boundary=" + this.boundary;
	}

	/**
	 * Finish the body.
	 */
	Multipart end() {
		add("--" + this.boundary + "--\r\n");
		return this;
	}

	long length() {
		return this.pieces.stream().mapToLong((piece) -> piece.length).sum();
	}

	byte[] toBytes() {
		ByteBuffer body = ByteBuffer.allocate(Math.toIntExact(length()));
		this.pieces.forEach(body::put);
		return body.array();
	}

}
