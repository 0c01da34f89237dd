package com.comfydeploy.client;

import java.io.IOException;
import java.net.URI;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpRequest;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.support.HttpRequestWrapper;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls whose customizer adds an interceptor that sends a request twice.
 */
@Timeout(60)
class RepeatingInterceptorTests extends AbstractSocketServerTests {

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	@Test
	void whenFirstRequestIsLostAndSecondNotSentOutcomeIsUnknown() {
		int unusedPort = SocketServer.unusedPort();
		start("", (request) -> withPort(request, unusedPort));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> assertUnknown(ex, 1));
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 409, 425, 429 })
	void whenFirstRequestIsLostAndSecondRejectedOutcomeIsUnknown(int status) {
		start("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\n\r\n", UnaryOperator.identity());
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> assertUnknown(ex, 2));
	}

	@Test
	void whenBothRequestsAreNotSentCreateIsRetried() {
		int unusedPort = SocketServer.unusedPort();
		start((connection) -> connection.respond(200, SessionFixtures.SESSION_JSON),
				(builder) -> builder.baseUrl("http://localhost:" + unusedPort + "/api")
					.customizer((client) -> client.requestInterceptor(repeating(UnaryOperator.identity()))));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> {
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex.getAttempts()).isEqualTo(MAX_ATTEMPTS);
			});
	}

	@Test
	void whenBothRequestsAreRejectedCreateIsRetried() {
		start((connection) -> {
			connection.readRequest();
			if (connection.number() == 3) {
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
			else {
				connection.respond(429, "{}");
			}
		}, (builder) -> builder.customizer((client) -> client.requestInterceptor((request, body, execution) -> {
			ClientHttpResponse response = execution.execute(request, body);
			return (response.getStatusCode().value() == 429) ? execution.execute(request, body) : response;
		})));
		assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
		assertThat(this.server.requests()).hasSize(3);
	}

	private void assertUnknown(ComfyDeployException ex, int requests) {
		assertThat(ex.isOutcomeUnknown()).isTrue();
		assertThat(ex.getAttempts()).isOne();
		assertThat(this.server.requests()).hasSize(requests);
	}

	/**
	 * Start a server that loses the first request.
	 * @param second the response to the second one
	 * @param repetition changes the request that is repeated
	 */
	private void start(String second, UnaryOperator<HttpRequest> repetition) {
		start((connection) -> {
			connection.readRequest();
			if (connection.number() == 1) {
				connection.reset();
			}
			else if (connection.number() == 2 && !second.isEmpty()) {
				connection.write(second);
			}
			else {
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		}, (builder) -> builder.customizer((client) -> client.requestInterceptor(repeating(repetition))));
	}

	private static ClientHttpRequestInterceptor repeating(UnaryOperator<HttpRequest> repetition) {
		return (request, body, execution) -> {
			try {
				return execution.execute(request, body);
			}
			catch (IOException ex) {
				return execution.execute(repetition.apply(request), body);
			}
		};
	}

	private static HttpRequest withPort(HttpRequest request, int port) {
		return new HttpRequestWrapper(request) {

			@Override
			public URI getURI() {
				return URI.create("http://localhost:" + port + request.getURI().getPath());
			}

		};
	}

}
