package com.comfydeploy.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for faults of the network and of a server: how often a request is sent, which
 * exception is thrown, and how long the call takes.
 */
@Timeout(60)
class SessionFaultTests extends AbstractSocketServerTests {

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	/**
	 * Faults after the request has arrived.
	 */
	static Stream<Arguments> faults() {
		return Stream.of(fault("request read, then end-of-stream", (connection) -> connection.readRequest()),
				fault("request read, then reset", (connection) -> {
					connection.readRequest();
					connection.reset();
				}), fault("reset inside the status line", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 20");
					connection.pause(Duration.ofMillis(50));
					connection.reset();
				}), fault("end inside the status line", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 20");
				}), fault("reset inside headers", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Le");
					connection.pause(Duration.ofMillis(50));
					connection.reset();
				}), fault("reset inside the body", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
					connection.pause(Duration.ofMillis(50));
					connection.reset();
				}), fault("truncated body", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + SessionFixtures.SESSION_JSON);
				}), fault("truncated chunked body", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n"
							+ SessionFixtures.SESSION_JSON);
				}), fault("chunked body without its end", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
							+ Integer.toHexString(SessionFixtures.SESSION_JSON.length()) + "\r\n"
							+ SessionFixtures.SESSION_JSON + "\r\n");
				}), fault("garbage for a chunk size", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"
							+ SessionFixtures.SESSION_JSON);
				}), fault("garbage for a status line", (connection) -> {
					connection.readRequest();
					connection.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
				}), fault("garbage for a content length", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + SessionFixtures.SESSION_JSON);
				}));
	}

	/**
	 * Faults that only the read timeout ends.
	 */
	static Stream<Arguments> silences() {
		return Stream.of(silence("silence", (connection) -> {
			connection.readRequest();
			connection.hang();
		}), silence("stalled headers", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 31\r\n");
			connection.hang();
		}), silence("stalled body", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 31\r\n\r\n{");
			connection.hang();
		}));
	}

	private static Arguments fault(String name, Script script) {
		return arguments(name, script);
	}

	private static Arguments silence(String name, Script script) {
		return arguments(name, script);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("faults")
	void faultIsRetriedOnlyWhereThatIsSafe(String name, Script script) {
		for (Call call : Call.values()) {
			start(script);
			ComfyDeployTransportException ex = catchThrowableOfType(ComfyDeployTransportException.class,
					() -> call.on(this.sessions));
			int attempts = call.repeatable ? MAX_ATTEMPTS : 1;
			assertThat(ex).as(call + " throws").isNotNull();
			assertThat(ex.getAttempts()).as(call + " attempts").isEqualTo(attempts);
			assertThat(ex.isOutcomeUnknown()).as(call + " outcome").isEqualTo(!call.repeatable);
			assertThat(this.server.requests()).as(call + " requests").hasSize(attempts);
		}
	}

	/**
	 * On a slow machine a request may be abandoned before it arrives, so there may be
	 * fewer than attempts.
	 */
	@ParameterizedTest(name = "{0}")
	@MethodSource("silences")
	void readTimeoutEndsASilence(String name, Script script) {
		for (Call call : List.of(Call.GET, Call.CANCEL, Call.CREATE)) {
			Duration timeout = Duration.ofMillis(500);
			ComfyDeployTransportException ex = failure(call, script, timeout);
			if (!call.repeatable && this.server.requests().isEmpty()) {
				// This machine is too slow to send the create in time
				timeout = Duration.ofSeconds(10);
				ex = failure(call, script, timeout);
			}
			int attempts = call.repeatable ? MAX_ATTEMPTS : 1;
			assertThat(ex).as(call + " throws").isNotNull().hasMessageContaining(timeout.toMillis() + " ms");
			assertThat(ex.getAttempts()).as(call + " attempts").isEqualTo(attempts);
			assertThat(ex.isOutcomeUnknown()).as(call + " outcome").isEqualTo(!call.repeatable);
			assertThat(this.server.requests()).as(call + " requests").hasSizeLessThanOrEqualTo(attempts);
		}
	}

	private ComfyDeployTransportException failure(Call call, Script script, Duration readTimeout) {
		start(script, (builder) -> builder.readTimeout(readTimeout));
		return catchThrowableOfType(ComfyDeployTransportException.class, () -> call.on(this.sessions));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void resetAfterWritingBeganHasAnUnknownOutcome(Call call) {
		start((connection) -> {
			connection.read(1);
			connection.reset();
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(call.repeatable ? MAX_ATTEMPTS : 1);
				assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable);
			});
		assertThat(this.server.requests()).isEmpty();
	}

	/** The client may detect this before or after it has begun to write. */
	@ParameterizedTest
	@EnumSource(Call.class)
	void immediateResetIsATransportFailure(Call call) {
		start(SocketServer.Connection::reset);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies(
					(ex) -> assertThat(ex.getAttempts()).isBetween(call.repeatable ? MAX_ATTEMPTS : 1, MAX_ATTEMPTS));
		assertThat(this.server.requests()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void unresolvableHostReceivesNothing(Call call) {
		this.sessions = Clients.build(Clients.builder("http://no-such-host.invalid/api")
			.retry(RetrySettings.builder().maxAttempts(MAX_ATTEMPTS).build()), this.time);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(MAX_ATTEMPTS);
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void pooledConnectionThatTheServerDropsFailsNoCall(Call call) {
		start((connection) -> {
			connection.readRequest();
			connection.respond(200, SessionFixtures.SESSION_JSON);
			if (connection.number() > 1) {
				connection.readRequest();
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		});
		this.sessions.get("s1");
		if (call != Call.LIST) {
			call.on(this.sessions);
			assertThat(this.server.requests()).hasSize(2);
		}
	}

	@Test
	void garbageAfterACompleteResponseIsNotPartOfIt() {
		start((connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + SessionFixtures.SESSION_JSON.length()
						+ "\r\n\r\n" + SessionFixtures.SESSION_JSON + "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
			}
		});
		for (int i = 0; i < 5; i++) {
			assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
			assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
		}
		assertThat(this.server.requests().stream().filter((request) -> request.startsWith("POST"))).hasSize(5);
	}

	@Test
	void cancelIsConfirmedByA404AfterATimeout() {
		start((connection) -> {
			connection.readRequest();
			if (connection.number() == 1) {
				connection.hang();
			}
			connection.respond(404, "{\"detail\":\"GPUEvent not found\"}");
		}, (builder) -> builder.readTimeout(Duration.ofSeconds(2)));
		assertThat(this.sessions.cancel("s1")).isTrue();
		assertThat(this.server.requests()).hasSize(2);
	}

	@Test
	void otherAcceptEncodingIsRejectedBeforeSending() {
		start(respondingWith("application/json", "", utf8(SessionFixtures.SESSION_JSON)), (builder) -> builder
			.customizer((restClient) -> restClient.defaultHeader("Accept-Encoding", "gzip, br;q=0.5")));
		for (Call call : Call.values()) {
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
				.withMessageContaining("'br'")
				.satisfies((ex) -> {
					assertThat(ex.isOutcomeUnknown()).isFalse();
					assertThat(ex.getAttempts()).isOne();
				});
		}
		assertThat(this.server.connections()).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 300, 301, 302, 303, 307, 308 })
	void redirectIsNeitherFollowedNorRetried(int status) throws Exception {
		try (SocketServer other = SocketServer
			.start(respondingWith("application/json", "", utf8(SessionFixtures.SESSION_JSON)))) {
			for (String location : List.of("/api/elsewhere", other.baseUrl())) {
				start((connection) -> {
					connection.readRequest();
					connection
						.write("HTTP/1.1 " + status + " X\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n");
				});
				for (Call call : Call.values()) {
					assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> call.on(this.sessions))
						.satisfies((ex) -> {
							assertThat(ex.getStatusCode()).isEqualTo(status);
							assertThat(ex.getAttempts()).isOne();
							assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable);
						});
				}
				assertThat(this.server.requests()).hasSize(Call.values().length);
			}
			assertThat(other.connections()).isZero();
		}
	}

	@ParameterizedTest
	@CsvSource({ "502, 3", "503, 3", "504, 3", "520, 1", "521, 1", "522, 1", "523, 1", "524, 1", "525, 1", "526, 1",
			"527, 1", "599, 1" })
	void errorPageOfAGatewayIsReadable(int status, int attempts) {
		start((connection) -> {
			connection.readRequest();
			byte[] page = utf8("<!DOCTYPE html>\n<html><head><title>" + status + " Gateway</title><style>body{}</style>"
					+ "</head><body><h1>Sorry</h1><script>alert('x')</script></body></html>");
			connection.write("HTTP/1.1 " + status + " X\r\nContent-Type: text/html\r\nContent-Length: " + page.length
					+ "\r\n\r\n");
			connection.write(page);
		});
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(attempts);
				assertThat(ex).hasMessageContaining(status + " Gateway Sorry").hasMessageNotContaining("alert");
			});
		assertThat(this.server.requests()).hasSize(attempts);
	}

	@Test
	void validationErrorsAreReadUpToTheLimit() {
		StringBuilder body = new StringBuilder("{\"detail\":[");
		for (int i = 0; i < 10_000; i++) {
			body.append((i > 0) ? "," : "")
				.append("{\"type\":\"missing\",\"loc\":[\"body\",\"a\",")
				.append(i)
				.append("],\"msg\":\"Field required\",\"input\":{\"a\":\"secret\"}}");
		}
		start((connection) -> {
			connection.readRequest();
			connection.respond(422, body.append("]}").toString());
		});
		assertThatExceptionOfType(HttpValidationException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> {
				assertThat(ex.getErrors()).hasSizeGreaterThan(500);
				assertThat(ex.getErrors().get(7).loc()).containsExactly("body", "a", 7);
				assertThat(ex).hasMessageNotContaining("secret");
				assertThat(ex.getMessage().length()).isLessThanOrEqualTo(1000);
			});
	}

	@Test
	void repeated429EndsWithTheElapsedTime() {
		start((connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 429 X\r\nRetry-After: 10\r\nContent-Length: 2\r\n\r\n{}");
			}
		}, (builder) -> builder.retry(RetrySettings.builder().maxAttempts(1000).build()));
		assertThatExceptionOfType(ComfyDeployApiException.TooManyRequests.class)
			.isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(13);
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex.getRetryAfter()).isEqualTo(Duration.ofSeconds(10));
			});
		assertThat(this.server.requests()).hasSize(13);
		assertThat(this.time.sleeps).containsOnly(Duration.ofSeconds(10));
	}

	@Test
	void deadlineBelowTheFirstWaitAllowsOneAttempt() {
		start((connection) -> {
			connection.readRequest();
			connection.respond(503, "{}");
		}, (builder) -> builder.retry(RetrySettings.builder().maxElapsedTime(Duration.ofMillis(499)).build()));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> this.sessions.get("s1"));
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.time.sleeps).isEmpty();
	}

	@Test
	void interruptInTheTokenProviderSendsNothing() throws Exception {
		start(respondingWith("application/json", "", utf8(SessionFixtures.SESSION_JSON)));
		CountDownLatch asked = new CountDownLatch(1);
		SessionOperations sessions = Clients.build(SessionOperationsBuilder.authorizedBy(() -> {
			asked.countDown();
			try {
				new CountDownLatch(1).await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return "late";
		}).baseUrl(this.server.baseUrl()), this.time);
		AtomicReference<ComfyDeployException> failure = new AtomicReference<>();
		AtomicReference<Boolean> flag = new AtomicReference<>();
		Thread thread = new Thread(() -> {
			failure.set(catchThrowableOfType(ComfyDeployException.class, () -> sessions.create(CREATE)));
			flag.set(Thread.currentThread().isInterrupted());
		});
		thread.start();
		asked.await();
		thread.interrupt();
		thread.join(10_000);
		assertThat(failure.get()).isInstanceOf(ComfyDeployTransportException.class);
		assertThat(failure.get().getAttempts()).isZero();
		assertThat(failure.get().isOutcomeUnknown()).isFalse();
		assertThat(flag.get()).isTrue();
		assertThat(this.server.connections()).isZero();
		Clients.close(sessions);
	}

}
