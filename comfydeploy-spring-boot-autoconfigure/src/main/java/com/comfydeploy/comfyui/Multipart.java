package com.comfydeploy.comfyui;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * A {@code multipart/form-data} body.
 */
final class Multipart {

	private final String boundary = "comfydeploy-" + UUID.randomUUID();

	private final ByteArrayOutputStream body = new ByteArrayOutputStream();

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
		this.body.writeBytes(("--" + this.boundary + "\r\nContent-Disposition: form-data; " + parameters
				+ "\r\nContent-Type: " + contentType + "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII));
		this.body.writeBytes(content);
		this.body.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
	}

	String contentType() {
		return "multipart/form-data; boundary=" + this.boundary;
	}

	byte[] toBytes() {
		this.body.writeBytes(("--" + this.boundary + "--\r\n").getBytes(StandardCharsets.US_ASCII));
		return this.body.toByteArray();
	}

}
