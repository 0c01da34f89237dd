package com.comfydeploy.test;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

/**
 * Request to the server.
 *
 * @param method the HTTP method
 * @param path the path below the base path, decoded
 * @param query the query, percent-encoded, or {@code null}
 * @param contentType the type of the body, or {@code null}
 * @param body the body, possibly empty
 * @param breakdown the part that fails while the request is handled
 */
record FakeRequest(String method, String path, @Nullable String query, @Nullable String contentType, byte[] body,
		Breakdown breakdown) {

	/**
	 * Return the last parameter of a name in the query, or {@code null}.
	 */
	@Nullable String parameter(String name) {
		String value = null;
		for (String pair : StringUtils.tokenizeToStringArray(this.query, "&")) {
			String[] parts = pair.split("=", 2);
			if (decode(parts[0]).equals(name)) {
				value = (parts.length > 1) ? decode(parts[1]) : "";
			}
		}
		return value;
	}

	private static String decode(String text) {
		return URLDecoder.decode(text, StandardCharsets.UTF_8);
	}

}
