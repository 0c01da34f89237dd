package com.comfydeploy.client;

import java.io.FilterInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.function.ThrowingConsumer;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the log of a session, from a server that never ends it.
 */
@Timeout(60)
class SessionLogTests extends AbstractSocketServerTests {

	private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
			+ "Transfer-Encoding: chunked\r\n\r\n";

	private static final String FIRST = "data: {\"message\": \"Creating session...\", \"level\": \"info\", "
			+ "\"timestamp\": \"2026-11-23T18:52:52.878Z\"}\n\n";

	@Test
	void entriesAreReadAsTheyCome() throws Exception {
		CountDownLatch read = new CountDownLatch(1);
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk(FIRST));
			read.await();
			connection.write(chunk("data: {\"message\":\"no level\"}\n"));
			connection.write(chunk("\ndata: plain text\n\n"));
			connection.hang();
		});
		try (SessionLog log = this.sessions.streamLog("s 1")) {
			Iterator<SessionLogEntry> entries = log.iterator();
			assertThat(entries.next()).isEqualTo(
					new SessionLogEntry("Creating session...", "info", Instant.parse("2026-11-23T18:52:52.878Z")));
			read.countDown();
			assertThat(entries.next()).isEqualTo(new SessionLogEntry("no level", "info", null));
			assertThat(entries.next()).isEqualTo(new SessionLogEntry("plain text", "info", null));
		}
		assertThat(this.server.requests()).singleElement()
			.asString()
			.startsWith("GET /api/v2/stream-logs?session_id=s%201 HTTP/1.1\r\n")
			.contains("Authorization: Bearer " + Clients.TOKEN + "\r\n")
			.contains("Accept: text/event-stream\r\n");
	}

	@Test
	void readTimeoutDoesNotApplyToTheLogItself() throws Exception {
		withTimeout((timeout) -> {
			start((connection) -> {
				connection.readRequest();
				connection.write(HEAD);
				connection.pause(timeout.plusMillis(500));
				connection.write(chunk(FIRST));
				connection.hang();
			}, timeout);
			try (SessionLog log = this.sessions.streamLog("s1")) {
				assertThat(log.iterator().next().message()).isEqualTo("Creating session...");
			}
		});
	}

	/**
	 * Run a test with a short read timeout, and again with a long one if this machine is
	 * too slow to receive the beginning of the log in time.
	 */
	private static void withTimeout(ThrowingConsumer<Duration> test) throws Exception {
		try {
			test.acceptWithException(Duration.ofMillis(500));
		}
		catch (ComfyDeployTransportException ex) {
			test.acceptWithException(Duration.ofSeconds(20));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "Content-Type: text/html\r\n", "Content-Type: application/json\r\n", "",
			"Content-Type: text\r\n", "Content-Type: text/event-stream-not\r\n" })
	void otherContentThanAnEventStreamIsUnreadableAndClosed(String contentType) throws Exception {
		CountDownLatch closed = new CountDownLatch(1);
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\n" + contentType + "Transfer-Encoding: chunked\r\n\r\n"
					+ chunk("<html>secret</html>"));
			try {
				connection.read(1);
			}
			finally {
				closed.countDown();
			}
		});
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.streamLog("s1"))
			.withMessageContaining("200")
			.withMessageContaining("text/event-stream")
			.withMessageNotContaining("secret")
			.matches((ex) -> ex.getOperation().equals("stream-log"));
		closed.await();
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "text/event-stream", "TEXT/Event-Stream;charset=UTF-8", "text/event-stream ; charset=\"x\"" })
	void typeOfAnEventStreamMayBeWrittenInAnyWay(String contentType) {
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Type: " + contentType
					+ "\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(FIRST));
			connection.hang();
		});
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log.iterator().next().message()).isEqualTo("Creating session...");
		}
	}

	@Test
	void readTimeoutAppliesToOpeningTheLog() {
		start((connection) -> {
			connection.readRequest();
			connection.hang();
		}, Duration.ofMillis(300));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.streamLog("s1"))
			.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("stream-log"));
	}

	/** It would read for ever, without a response for the caller to close. */
	@Test
	void whenInterceptorReadsItTheReadTimeoutEndsThat() {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD);
			while (!connection.isClosed()) {
				connection.write(chunk(FIRST));
				connection.pause(Duration.ofMillis(20));
			}
		}, Duration.ofMillis(400), RetrySettings.none(), (request, body, execution) -> {
			ClientHttpResponse response = execution.execute(request, body);
			response.getBody().readAllBytes();
			return response;
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.streamLog("s1"))
			.withMessageContaining("400 ms");
	}

	@Test
	void whenInterceptorWrapsItThereIsNoReadTimeoutEither() throws Exception {
		withTimeout((timeout) -> {
			CountDownLatch read = new CountDownLatch(1);
			start((connection) -> {
				connection.readRequest();
				connection.write(HEAD + chunk(FIRST));
				read.await();
				connection.pause(timeout.plusMillis(500));
				connection.write(chunk(FIRST));
				connection.hang();
			}, timeout, RetrySettings.none(), (request, body, execution) -> {
				ClientHttpResponse response = execution.execute(request, body);
				InputStream wrapped = new FilterInputStream(response.getBody()) {
				};
				return (ClientHttpResponse) Proxy.newProxyInstance(getClass().getClassLoader(),
						new Class<?>[] { ClientHttpResponse.class }, (proxy, method,
								args) -> method.getName().equals("getBody") ? wrapped : method.invoke(response, args));
			});
			try (SessionLog log = this.sessions.streamLog("s1")) {
				Iterator<SessionLogEntry> entries = log.iterator();
				assertThat(entries.next().message()).isEqualTo("Creating session...");
				read.countDown();
				assertThat(entries.next().message()).isEqualTo("Creating session...");
			}
		});
	}

	@Test
	void anotherThreadCanCloseTheLog() throws Exception {
		start(SessionLogTests::oneEntryAndThenSilence);
		SessionLog log = this.sessions.streamLog("s1");
		CountDownLatch first = new CountDownLatch(1);
		CompletableFuture<List<SessionLogEntry>> reading = CompletableFuture.supplyAsync(() -> {
			List<SessionLogEntry> entries = new ArrayList<>();
			for (SessionLogEntry entry : log) {
				entries.add(entry);
				first.countDown();
			}
			return entries;
		});
		first.await();
		log.close();
		assertThat(reading.get()).hasSize(1);
		assertThat(log.isBroken()).isFalse();
		assertThat(log.iterator().hasNext()).isFalse();
		assertThatExceptionOfType(NoSuchElementException.class).isThrownBy(() -> log.iterator().next());
		log.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"stream_unavailable\"}", "{\"message\":null}", "{}", "[1,2]", "null", "7",
			"{\"message\":" })
	void eventWithoutMessageIsAnEntryAsItCame(String event) {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("data: " + event + "\n\n"));
			connection.hang();
		});
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log.iterator().next()).isEqualTo(new SessionLogEntry(event, "info", null));
		}
	}

	@Test
	void eventWithoutMessageKeepsItsLevelAndTime() {
		String event = "{\"type\":\"x\",\"level\":\"error\",\"timestamp\":\"2026-11-23T18:52:52.878Z\"}";
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("data: " + event + "\n\n"));
			connection.hang();
		});
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log.iterator().next())
				.isEqualTo(new SessionLogEntry(event, "error", Instant.parse("2026-11-23T18:52:52.878Z")));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "5\r\nda", "5\r\ndata:\r\n" })
	void whenConnectionBreaksTheLogIsBroken(String last) {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk(FIRST) + last);
		});
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log.isBroken()).isFalse();
			assertThat(log).hasSize(1);
			assertThat(log.isBroken()).isTrue();
		}
	}

	@Test
	void whenServerEndsTheLogItIsNotBroken() {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk(FIRST) + "0\r\n\r\n");
		});
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log).hasSize(1);
			assertThat(log.isBroken()).isFalse();
		}
	}

	@Test
	void whenLogIsResumedItContinuesAfterTheLastEntryRead() {
		start((connection) -> {
			connection.readRequest();
			String text = HEAD + chunk("data: one\n\n") + chunk("data: {\"type\":\"two\"}\n\n");
			switch (connection.number()) {
				case 1 -> connection.write(text);
				case 2 -> connection.write(text + chunk(": comment\n\ndata: three\n\n"));
				default -> {
					connection.write(text + chunk("data: three\n\n") + chunk("data: four\n\n"));
					connection.hang();
				}
			}
		});
		List<String> messages = new ArrayList<>();
		SessionLog log = this.sessions.streamLog("s1");
		do {
			log.forEach((entry) -> messages.add(entry.message()));
			assertThat(log.isBroken()).isTrue();
			log = log.resume();
		}
		while (messages.size() < 3);
		assertThat(log.iterator().next().message()).isEqualTo("four");
		assertThat(messages).containsExactly("one", "{\"type\":\"two\"}", "three");
		log.close();
		assertThat(log.iterator().hasNext()).isFalse();
		assertThat(log.isBroken()).isFalse();
		assertThat(this.server.requests()).hasSize(3);
	}

	@Test
	void whenEntryWasPeekedAtItIsNotDropped() {
		start((connection) -> {
			connection.readRequest();
			connection.write(HEAD + chunk("data: one\n\n") + chunk("data: two\n\n"));
			connection.hang();
		});
		SessionLog log = this.sessions.streamLog("s1");
		log.iterator().next();
		assertThat(log.iterator().hasNext()).isTrue();
		try (SessionLog resumed = log.resume()) {
			assertThat(resumed.iterator().next().message()).isEqualTo("two");
		}
	}

	@Test
	void interruptEndsLog() throws Exception {
		start(SessionLogTests::oneEntryAndThenSilence);
		SessionLog log = this.sessions.streamLog("s1");
		CountDownLatch first = new CountDownLatch(1);
		AtomicBoolean flag = new AtomicBoolean();
		Thread thread = new Thread(() -> {
			for (SessionLogEntry entry : log) {
				first.countDown();
			}
			flag.set(Thread.currentThread().isInterrupted() && !log.isBroken());
		});
		thread.start();
		first.await();
		thread.interrupt();
		thread.join(10_000);
		assertThat(thread.isAlive()).isFalse();
		assertThat(flag).isTrue();
	}

	@Test
	void closingTheClientClosesTheLog() throws Exception {
		start(SessionLogTests::oneEntryAndThenSilence);
		SessionLog log = this.sessions.streamLog("s1");
		CountDownLatch first = new CountDownLatch(1);
		CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
			for (SessionLogEntry entry : log) {
				first.countDown();
			}
		});
		first.await();
		Clients.close(this.sessions);
		reading.get();
	}

	@Test
	void errorIsAnException() {
		start((connection) -> {
			connection.readRequest();
			connection.respond(404, "{\"detail\":\"Session not found\"}");
		});
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
			.isThrownBy(() -> this.sessions.streamLog("s1"))
			.satisfies((ex) -> assertThat(ex.getDetail()).isEqualTo("Session not found"));
	}

	@Test
	void openingTheLogIsRetried() {
		start((connection) -> {
			connection.readRequest();
			if (connection.number() == 1) {
				connection.respond(503, "{}");
				return;
			}
			connection.write(HEAD + chunk(FIRST));
			connection.hang();
		}, Duration.ofSeconds(30), RetrySettings.defaults());
		try (SessionLog log = this.sessions.streamLog("s1")) {
			assertThat(log.iterator().hasNext()).isTrue();
		}
		assertThat(this.server.requests()).hasSize(2);
	}

	private static void oneEntryAndThenSilence(SocketServer.Connection connection) throws Exception {
		connection.readRequest();
		connection.write(HEAD + chunk(FIRST));
		connection.hang();
	}

	@Override
	void start(SocketServer.Script script) {
		start(script, Duration.ofSeconds(30));
	}

	private void start(SocketServer.Script script, Duration readTimeout) {
		start(script, readTimeout, RetrySettings.none());
	}

	private void start(SocketServer.Script script, Duration readTimeout, RetrySettings retry,
			ClientHttpRequestInterceptor... interceptors) {
		start(script, (builder) -> builder.readTimeout(readTimeout)
			.retry(retry)
			.customizer((restClient) -> restClient.requestInterceptors((all) -> all.addAll(List.of(interceptors)))));
	}

	private static String chunk(String text) {
		return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
	}

}
