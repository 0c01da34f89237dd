package com.comfydeploy.test;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import org.jspecify.annotations.Nullable;

/**
 * Handler in front of the routes. It records requests, applies faults, checks the token,
 * and turns each failure into a response.
 */
final class FakeApi implements HttpHandler {

	private static final String BASE_PATH = "/api";

	private static final String BEARER = "Bearer ";

	private final String bearer;

	private final SessionRoutes routes;

	private final FakeFaults faults;

	private final FakeClock clock;

	private final RequestJournal<RecordedRequest> journal;

	FakeApi(String bearer, SessionRoutes routes, FakeFaults faults, FakeClock clock,
			RequestJournal<RecordedRequest> journal) {
		this.bearer = bearer;
		this.routes = routes;
		this.faults = faults;
		this.clock = clock;
		this.journal = journal;
	}

	/**
	 * An exception makes the JDK's server close the connection without a response.
	 * Closing the exchange keeps the connection open.
	 */
	@Override
	public void handle(HttpExchange exchange) throws IOException {
		byte[] body = exchange.getRequestBody().readAllBytes();
		Instant arrived = this.clock.now();
		String operation = operation(exchange);
		this.journal.add(new RecordedRequest(operation, exchange.getRequestMethod(), recordedPath(exchange),
				new String(body, StandardCharsets.UTF_8)));
		FaultEffect fault = (operation != null) ? this.faults.nextCall(operation) : null;
		try {
			FakeResponse response = FaultEffect.respond(fault, this.clock, arrived,
					(breakdown) -> respond(exchange, body, breakdown));
			if (response == null) {
				throw new DroppedConnectionException();
			}
			send(exchange, response);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new DroppedConnectionException();
		}
		exchange.close();
	}

	private void send(HttpExchange exchange, FakeResponse response) throws IOException, InterruptedException {
		response.headers().forEach(exchange.getResponseHeaders()::set);
		if (response.stream() != null) {
			exchange.sendResponseHeaders(response.statusCode(), 0);
			OutputStream output = exchange.getResponseBody();
			output.flush();
			response.stream().writeTo(output);
			throw new DroppedConnectionException();
		}
		int length = response.body().length;
		boolean head = exchange.getRequestMethod().equals("HEAD");
		if (head) {
			exchange.getResponseHeaders().set("Content-Length", String.valueOf(length));
		}
		boolean empty = head || length == 0 || response.statusCode() == 204 || response.statusCode() == 304;
		exchange.sendResponseHeaders(response.statusCode(), empty ? -1 : length);
		if (!empty) {
			exchange.getResponseBody().write(response.body(), 0, response.sent());
			exchange.getResponseBody().flush();
		}
		if (response.isUnhandledFailure() || response.isTruncated()) {
			throw new DroppedConnectionException();
		}
	}

	private FakeResponse respond(HttpExchange exchange, byte[] body, Breakdown breakdown) throws InterruptedException {
		try {
			URI uri = exchange.getRequestURI();
			String path = path(uri.getPath());
			if (path == null || !SessionRoutes.isOpen(path)) {
				authorize(exchange.getRequestHeaders().getFirst("Authorization"));
			}
			if (path == null) {
				throw new ApiError(404, "Not Found");
			}
			if (path.endsWith("/") && this.routes.isPath(withoutTrailingSlashes(path))) {
				return redirect(exchange.getRequestHeaders().getFirst("Host"), uri);
			}
			return this.routes.respond(new FakeRequest(exchange.getRequestMethod(), path, uri.getRawQuery(),
					exchange.getRequestHeaders().getFirst("Content-Type"), body, breakdown));
		}
		catch (ApiError ex) {
			return ex.toResponse();
		}
		catch (RuntimeException ex) {
			return ApiError.internal().toResponse();
		}
	}

	private @Nullable String operation(HttpExchange exchange) {
		String path = path(exchange.getRequestURI().getPath());
		return (path != null) ? this.routes.operation(exchange.getRequestMethod(), path) : null;
	}

	private static String recordedPath(HttpExchange exchange) {
		URI uri = exchange.getRequestURI();
		String path = path(uri.getRawPath());
		return ((path != null) ? path : uri.getRawPath()) + query(uri);
	}

	/** Return the path below the base path, or {@code null} if it is not below. */
	private static @Nullable String path(String path) {
		return path.startsWith(BASE_PATH) ? path.substring(BASE_PATH.length()) : null;
	}

	private static String query(URI uri) {
		return (uri.getRawQuery() != null) ? "?" + uri.getRawQuery() : "";
	}

	private static FakeResponse redirect(String host, URI uri) {
		String location = "http://" + host + withoutTrailingSlashes(uri.getRawPath()) + query(uri);
		return FakeResponse.empty(307, Map.of("Location", location));
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

	/**
	 * Exception that makes the JDK's server close the connection.
	 */
	@SuppressWarnings("serial")
	private static final class DroppedConnectionException extends IOException {

		DroppedConnectionException() {
			super("The connection is dropped");
		}

	}

}
