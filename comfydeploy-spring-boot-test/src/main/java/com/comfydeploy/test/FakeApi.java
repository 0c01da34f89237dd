package com.comfydeploy.test;

import java.io.IOException;
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
			boolean empty = response.body().length == 0;
			exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : response.body().length);
			if (!empty) {
				exchange.getResponseBody().write(response.body());
			}
		}
	}

	private FakeResponse answer(HttpExchange exchange, byte[] body) {
		try {
			authorize(exchange.getRequestHeaders().getFirst("Authorization"));
			String path = exchange.getRequestURI().getRawPath();
			if (!path.startsWith(BASE_PATH + "/")) {
				throw new ApiError(404, "Not Found");
			}
			if (path.endsWith("/")) {
				String location = "http://" + exchange.getRequestHeaders().getFirst("Host")
						+ path.substring(0, path.length() - 1);
				return new FakeResponse(307, Map.of("Location", location), new byte[0]);
			}
			return this.routes.answer(new FakeRequest(exchange.getRequestMethod(), path.substring(BASE_PATH.length()),
					exchange.getRequestURI().getRawQuery(), exchange.getRequestHeaders().getFirst("Content-Type"),
					body));
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

	private void authorize(@Nullable String authorization) {
		if (authorization == null || !authorization.startsWith(BEARER) || authorization.length() == BEARER.length()) {
			throw new ApiError(401, "Invalid or missing token");
		}
		if (!authorization.substring(BEARER.length()).equals(this.bearer)) {
			throw new ApiError(401, "Invalid or expired token");
		}
	}

}
