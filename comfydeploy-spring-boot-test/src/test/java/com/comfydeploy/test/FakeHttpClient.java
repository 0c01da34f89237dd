package com.comfydeploy.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * Plain HTTP client for a fake, independent of this project's own client.
 */
final class FakeHttpClient {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final ObjectMapper objectMapper = new ObjectMapper();

	private HttpClient client = newClient();

	private final String baseUrl;

	private final String bearer;

	FakeHttpClient(FakeComfyDeploy fake) {
		this.baseUrl = fake.getBaseUrl();
		this.bearer = fake.getBearer();
	}

	private static HttpClient newClient() {
		return HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.followRedirects(HttpClient.Redirect.NEVER)
			.build();
	}

	Response get(String path) {
		return send(request("GET", path, null));
	}

	Response post(String path, String body) {
		return send(request("POST", path, body));
	}

	Response delete(String path) {
		return send(request("DELETE", path, null));
	}

	Response send(String method, String path) {
		return send(request(method, path, null));
	}

	Response send(HttpRequest.Builder request) {
		try {
			Response response = Response.of(this.client.send(request.build(), BodyHandlers.ofString()));
			if (response.status() == 500) {
				forgetConnections();
			}
			return response;
		}
		catch (IOException ex) {
			forgetConnections();
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Open new connections: the fake drops a connection after a 500 without announcing
	 * it, as the server does.
	 */
	private void forgetConnections() {
		this.client = newClient();
	}

	CompletableFuture<Response> sendAsync(HttpRequest.Builder request) {
		return this.client.sendAsync(request.build(), BodyHandlers.ofString()).thenApply(Response::of);
	}

	HttpRequest.Builder request(String method, String path, String body) {
		HttpRequest.Builder request = anonymous(method, path, body).header("Authorization", "Bearer " + this.bearer);
		return (body != null) ? request.header("Content-Type", "application/json") : request;
	}

	HttpRequest.Builder anonymous(String method, String path, String body) {
		return HttpRequest.newBuilder(URI.create(this.baseUrl + path))
			.timeout(TIMEOUT)
			.method(method, (body != null) ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
	}

	/**
	 * Response of the fake.
	 *
	 * @param status the status code
	 * @param headers the headers
	 * @param body the body
	 */
	record Response(int status, HttpHeaders headers, String body) {

		static Response of(HttpResponse<String> response) {
			return new Response(response.statusCode(), response.headers(), response.body());
		}

		String header(String name) {
			return this.headers.firstValue(name).orElse(null);
		}

		JsonNode json() {
			try {
				return objectMapper.readTree(this.body);
			}
			catch (JsonProcessingException ex) {
				throw new AssertionError("No JSON: " + this.body, ex);
			}
		}

	}

}
