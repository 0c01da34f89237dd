package com.comfydeploy.test;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;

/**
 * A request to the server.
 *
 * @param method the HTTP method
 * @param path the path below the base path, percent-encoded
 * @param query the query, percent-encoded, or {@code null}
 * @param contentType the type of the body, or {@code null}
 * @param body the body, maybe empty
 */
record FakeRequest(String method, String path, @Nullable String query, @Nullable String contentType, byte[] body) {

	/**
	 * The parameter of the query, or {@code null}.
	 */
	@Nullable String parameter(String name) {
		if (this.query != null) {
			for (String pair : this.query.split("&")) {
				if (pair.startsWith(name + "=")) {
					return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
				}
			}
		}
		return null;
	}

}
