package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * What the network and a server can do to a call: how often it is sent, what the caller
 * is told, and how long that takes.
 */
@Timeout(60)
abstract class AbstractSessionFaultTests {

	private static final int MAX_ATTEMPTS = 3;

	private static final String SESSION = "{\"id\":\"s1\",\"session_id\":\"s1\",\"version_id\":\"v1\",\"version\":1}";

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	private final JsonCodec json;

	private final TestTime time = new TestTime();

	private SocketServer server;

	private SessionOperations sessions;

	AbstractSessionFaultTests(JsonCodec json) {
		this.json = json;
	}

	@AfterEach
	void close() throws Exception {
		if (this.sessions != null) {
			Clients.close(this.sessions);
		}
		if (this.server != null) {
			this.server.close();
		}
	}

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
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + SESSION);
				}), fault("truncated chunked body", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n" + SESSION);
				}), fault("chunked body without its end", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
							+ Integer.toHexString(SESSION.length()) + "\r\n" + SESSION + "\r\n");
				}), fault("garbage for a chunk size", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n" + SESSION);
				}), fault("garbage for a status line", (connection) -> {
					connection.readRequest();
					connection.write("SSH-2.0-OpenSSH_9.2\r\n\r\n");
				}), fault("garbage for a content length", (connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + SESSION);
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
	void aFaultIsRepeatedOnlyWhereThatIsHarmless(String name, Script script) {
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

	/** On a slow machine a request may be given up before it arrives, but none twice. */
	@ParameterizedTest(name = "{0}")
	@MethodSource("silences")
	void theReadTimeoutEndsASilence(String name, Script script) {
		for (Call call : List.of(Call.GET, Call.CANCEL, Call.CREATE)) {
			start(script, (builder) -> builder.readTimeout(Duration.ofMillis(500)));
			ComfyDeployTransportException ex = catchThrowableOfType(ComfyDeployTransportException.class,
					() -> call.on(this.sessions));
			int attempts = call.repeatable ? MAX_ATTEMPTS : 1;
			assertThat(ex).as(call + " throws").isNotNull().hasMessageContaining("500 ms");
			assertThat(ex.getAttempts()).as(call + " attempts").isEqualTo(attempts);
			assertThat(ex.isOutcomeUnknown()).as(call + " outcome").isEqualTo(!call.repeatable);
			assertThat(this.server.requests()).as(call + " requests").hasSizeLessThanOrEqualTo(attempts);
		}
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void aConnectionThatIsResetOnceWritingBeganIsAmbiguous(Call call) {
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

	/**
	 * Whether the client notices before or after it has begun to write is up to chance.
	 */
	@ParameterizedTest
	@EnumSource(Call.class)
	void aConnectionThatIsResetAtOnceIsATransportFailure(Call call) {
		start(SocketServer.Connection::reset);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies(
					(ex) -> assertThat(ex.getAttempts()).isBetween(call.repeatable ? MAX_ATTEMPTS : 1, MAX_ATTEMPTS));
		assertThat(this.server.requests()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void aHostThatCannotBeResolvedGetsNothing(Call call) {
		this.sessions = client(Clients.builder("http://no-such-host.invalid/api"));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(MAX_ATTEMPTS);
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void aPooledConnectionThatTheServerDropsCostsNoPaidCall(Call call) {
		start((connection) -> {
			connection.readRequest();
			connection.answer(200, SESSION);
			if (connection.number() > 1) {
				connection.readRequest();
				connection.answer(200, SESSION);
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
				connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + SESSION.length() + "\r\n\r\n" + SESSION
						+ "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n");
			}
		});
		for (int i = 0; i < 5; i++) {
			assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
			assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
		}
		assertThat(this.server.requests().stream().filter((request) -> request.startsWith("POST"))).hasSize(5);
	}

	@Test
	void aTimeoutAndThenA404IsACancel() {
		start((connection) -> {
			connection.readRequest();
			if (connection.number() == 1) {
				connection.hang();
			}
			connection.answer(404, "{\"detail\":\"GPUEvent not found\"}");
		}, (builder) -> builder.readTimeout(Duration.ofSeconds(2)));
		assertThat(this.sessions.cancel("s1")).isTrue();
		assertThat(this.server.requests()).hasSize(2);
	}

	static Stream<Arguments> readableBodies() {
		return Stream.of(arguments("byte order mark", "application/json", utf8("\uFEFF" + SESSION)),
				arguments("ISO-8859-1", "application/json; charset=ISO-8859-1",
						"{\"id\":\"s1\",\"user_id\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1)),
				arguments("UTF-16", "application/json; charset=UTF-16", SESSION.getBytes(StandardCharsets.UTF_16)),
				arguments("UTF-16 unannounced", "application/json", SESSION.getBytes(StandardCharsets.UTF_16BE)),
				arguments("duplicate keys", "application/json", utf8("{\"id\":\"s0\",\"id\":\"s1\"}")),
				arguments("nesting in what is ignored", "application/json",
						utf8("{\"id\":\"s1\",\"x\":" + "[".repeat(200) + "]".repeat(200) + "}")),
				arguments("white space", "text/plain", utf8(" \r\n\t" + SESSION + "\n")),
				arguments("malformed content type", "application/json;charset", utf8(SESSION)),
				arguments("HTML content type", "text/html", utf8(SESSION)));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("readableBodies")
	void aBodyThatCanBeReadIsRead(String name, String contentType, byte[] body) {
		start(answering(contentType, "", body));
		Session session = this.sessions.get("s1");
		assertThat(session.id()).isEqualTo("s1");
		if (session.userId() != null) {
			assertThat(session.userId()).isEqualTo("ü");
		}
	}

	static Stream<Arguments> unreadableBodies() {
		return Stream.of(arguments("empty", "", new byte[0]), arguments("null", "", utf8("null")),
				arguments("text", "", utf8("OK")), arguments("HTML", "", utf8("<html><body>Maintenance</body></html>")),
				arguments("number", "", utf8("5")), arguments("deep nesting", "", utf8("[".repeat(100_000))),
				arguments("deep nesting of a field", "", utf8("{\"id\":\"s1\",\"x\":" + "[".repeat(100_000))),
				arguments("huge number", "", utf8("{\"id\":\"s1\",\"timeout\":" + "9".repeat(2000) + "}")),
				arguments("huge exponent", "", utf8("{\"id\":\"s1\",\"timeout\":1e999999999}")),
				arguments("gzip that is none", "Content-Encoding: gzip\r\n", utf8(SESSION)),
				arguments("another coding", "Content-Encoding: br\r\n", utf8("\u000bbrotli")),
				arguments("malformed UTF-8", "",
						new byte[] { '{', '"', 'i', 'd', '"', ':', '"', (byte) 0xc3, '"', '}' }));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("unreadableBodies")
	void aBodyThatCannotBeReadIsUnreadableAndNotTriedAgain(String name, String headers, byte[] body) {
		start(answering("application/json", headers, body));
		for (Call call : List.of(Call.GET, Call.LIST, Call.CREATE)) {
			UnreadableResponseException ex = catchThrowableOfType(UnreadableResponseException.class,
					() -> call.on(this.sessions));
			assertThat(ex).as(call.name()).isNotNull();
			assertThat(ex.getAttempts()).isOne();
			assertThat(ex.isOutcomeUnknown()).isEqualTo(call == Call.CREATE);
			assertThat(ex.getCause()).isNull();
		}
		assertThat(this.server.requests()).hasSize(3);
		assertThat(this.sessions.cancel("s1")).isTrue();
		Call.INCREASE_TIMEOUT.on(this.sessions);
	}

	@Test
	void aBodyThatIsGzippedIsDecodedWithinItsBound() {
		start(answering("application/json", "Content-Encoding: gzip\r\n", gzip(SESSION)));
		for (Call call : List.of(Call.GET, Call.CREATE)) {
			call.on(this.sessions);
		}
		assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void aSmallBodyThatIsHugeWhenDecodedIsUnreadable() {
		start(answering("application/json", "Content-Encoding: gzip\r\n", gzip(" ".repeat(100_000_000))));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.get("s1"))
			.withMessageContaining("larger than");
	}

	@Test
	void anotherCodingIsRefusedBeforeAnythingIsSent() {
		start(answering("application/json", "", utf8(SESSION)), (builder) -> builder
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
	void aRedirectIsNeitherFollowedNorRepeated(int status) throws Exception {
		try (SocketServer other = SocketServer.start(answering("application/json", "", utf8(SESSION)))) {
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
	void theErrorPageOfAGatewayIsReadable(int status, int attempts) {
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
	void tenThousandValidationErrorsAreReadUpToTheBound() {
		StringBuilder body = new StringBuilder("{\"detail\":[");
		for (int i = 0; i < 10_000; i++) {
			body.append((i > 0) ? "," : "")
				.append("{\"type\":\"missing\",\"loc\":[\"body\",\"a\",")
				.append(i)
				.append("],\"msg\":\"Field required\",\"input\":{\"a\":\"secret\"}}");
		}
		start((connection) -> {
			connection.readRequest();
			connection.answer(422, body.append("]}").toString());
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
	void a429ThatNeverEndsEndsWithTheElapsedTime() {
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
	void aDeadlineShorterThanTheFirstWaitAllowsOneAttempt() {
		start((connection) -> {
			connection.readRequest();
			connection.answer(503, "{}");
		}, (builder) -> builder.retry(RetrySettings.builder().maxElapsedTime(Duration.ofMillis(499)).build()));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> this.sessions.get("s1"));
		assertThat(this.server.requests()).hasSize(1);
		assertThat(this.time.sleeps).isEmpty();
	}

	@Test
	void anInterruptInTheTokenProviderSendsNothing() throws Exception {
		start(answering("application/json", "", utf8(SESSION)));
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
		}).baseUrl(this.server.baseUrl()), this.time, this.json);
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

	private static Script answering(String contentType, String headers, byte[] body) {
		return (connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 200 OK\r\nContent-Type: " + contentType + "\r\n" + headers
						+ "Content-Length: " + body.length + "\r\n\r\n");
				connection.write(body);
			}
		};
	}

	private void start(Script script) {
		start(script, (builder) -> {
		});
	}

	private void start(Script script, Consumer<SessionOperationsBuilder> settings) {
		try {
			close();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		this.server = SocketServer.start(script);
		SessionOperationsBuilder builder = Clients.builder(this.server.baseUrl())
			.retry(RetrySettings.builder().maxAttempts(MAX_ATTEMPTS).build());
		settings.accept(builder);
		this.sessions = Clients.build(builder, this.time, this.json);
	}

	private SessionOperations client(SessionOperationsBuilder builder) {
		return Clients.build(builder.retry(RetrySettings.builder().maxAttempts(MAX_ATTEMPTS).build()), this.time,
				this.json);
	}

	private static byte[] utf8(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static byte[] gzip(String text) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
			gzip.write(utf8(text));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return bytes.toByteArray();
	}

}
