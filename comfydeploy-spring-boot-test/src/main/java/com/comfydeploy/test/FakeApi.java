package com.comfydeploy.test;

import java.io.IOException;
import java.net.URI;
import java.util.Map;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the routes: the token is checked before anything else, and every
 * failure has an answer.
 */
final class FakeApi implements HttpHandler {

	private static final String BASE_PATH = "/api";

	private static final String BEARER = "Bearer ";

	private final String bearer;

	private final SessionRoutes routes;

	FakeApi(String bearer, SessionRoutes routes) {
		this.bearer = bearer;
		this.routes = routes;
	}

	@Override
	public void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readAllBytes();
			FakeResponse response = answer(exchange, body);
			response.headers().forEach(exchange.getResponseHeaders()::set);
			int length = response.body().length;
			boolean head = exchange.getRequestMethod().equals("HEAD");
			if (head) {
				exchange.getResponseHeaders().set("Content-Length", String.valueOf(length));
			}
			exchange.sendResponseHeaders(response.statusCode(), (head || length == 0) ? -1 : length);
			if (!head && length > 0) {
				exchange.getResponseBody().write(response.body());
			}
		}
	}

	private FakeResponse answer(HttpExchange exchange, byte[] body) {
		try {
			authorize(exchange.getRequestHeaders().getFirst("Authorization"));
			URI uri = exchange.getRequestURI();
			String path = uri.getPath();
			if (!path.startsWith(BASE_PATH)) {
				throw new ApiError(404, "Not Found");
			}
			path = path.substring(BASE_PATH.length());
			if (path.endsWith("/") && this.routes.isPath(withoutTrailingSlashes(path))) {
				return redirect(exchange.getRequestHeaders().getFirst("Host"), uri);
			}
			return this.routes.answer(new FakeRequest(exchange.getRequestMethod(), path, uri.getRawQuery(),
					exchange.getRequestHeaders().getFirst("Content-Type"), body));
		}
		catch (ApiError ex) {
			return ex.toResponse();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return ApiError.internal().toResponse();
		}
		catch (RuntimeException ex) {
			return ApiError.internal().toResponse();
		}
	}

	private static FakeResponse redirect(String host, URI uri) {
		String query = (uri.getRawQuery() != null) ? "?" + uri.getRawQuery() : "";
		String location = "http://" + host + withoutTrailingSlashes(uri.getRawPath()) + query;
		return new FakeResponse(307, Map.of("Location", location), new byte[0]);
	}

	private static String withoutTrailingSlashes(String path) {
		return path.replaceFirst("(?i:/|%2F)+$", "");
	}

	private void authorize(@Nullable String authorization) {
		if (authorization == null || !authorization.startsWith(BEARER) || authorization.length() == BEARER.length()) {
			throw new ApiError(401, "Invalid or missing token");
		}
		if (!authorization.substring(BEARER.length()).equals(this.bearer)) {
			throw new ApiError(401, "Invalid or expired token");
		}
	}

}
