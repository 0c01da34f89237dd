package com.comfydeploy.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.json.Jackson2Codec;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for connections, bytes and timeouts, with a {@link SocketServer}.
 */
@Timeout(60)
class SessionTransportTests extends AbstractSocketServerTests {

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	@Test
	void readsReuseAConnection() {
		start(AbstractSocketServerTests::keepResponding);
		for (int i = 0; i < 30; i++) {
			this.sessions.get("s1");
		}
		assertThat(this.server.requests()).hasSize(30);
		assertThat(this.server.connections()).isLessThanOrEqualTo(2);
	}

	@Test
	void eachCreateHasAConnectionOfItsOwn() {
		start(AbstractSocketServerTests::keepResponding);
		for (int i = 0; i < 20; i++) {
			this.sessions.create(CREATE);
			this.sessions.get("s1");
		}
		assertThat(this.server.requests()).hasSize(40);
		assertThat(this.server.connections()).isBetween(21, 22);
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n" + SessionFixtures.SESSION_JSON
					+ "\r\n0\r\n\r\n",
			"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 X\r\n\r\n",
			"HTTP/1.1 304 X\r\nContent-Length: 50\r\n\r\n" })
	void eachCreateHasAConnectionOfItsOwnWithoutAnnouncedLengthToo(String response) {
		start((connection) -> {
			while (true) {
				connection.readRequest();
				connection.write(response);
			}
		});
		for (int i = 0; i < 10; i++) {
			catchThrowable(() -> this.sessions.create(CREATE));
		}
		assertThat(this.server.requests()).hasSize(10);
		assertThat(this.server.connections()).isEqualTo(10);
	}

	@Test
	void createAfterADroppedConnectionSucceeds() {
		start((connection) -> {
			while (true) {
				String request = connection.readRequest();
				if (request.startsWith("GET")) {
					connection.write("HTTP/1.1 500 X\r\nContent-Type: text/plain\r\nContent-Length: 21\r\n\r\n"
							+ "Internal Server Error");
					return;
				}
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		});
		for (int i = 0; i < 50; i++) {
			assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
				.isThrownBy(() -> this.sessions.get("s1"));
			assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
		}
		assertThat(this.server.requests().stream().filter((request) -> request.startsWith("POST"))).hasSize(50);
	}

	@Test
	void protocolIsHttp11WithoutAnUpgrade() {
		start(AbstractSocketServerTests::keepResponding);
		this.sessions.get("s1");
		this.sessions.create(CREATE);
		assertThat(this.server.requests()).allSatisfy((request) -> assertThat(request).contains(" HTTP/1.1\r\n")
			.doesNotContainIgnoringCase("upgrade")
			.doesNotContainIgnoringCase("h2c")
			.doesNotContainIgnoringCase("cookie"));
	}

	@Test
	void cookiesAreNotKept() {
		start((connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 200 X\r\nSet-Cookie: a=b\r\nContent-Length: "
						+ SessionFixtures.SESSION_JSON.length() + "\r\n\r\n" + SessionFixtures.SESSION_JSON);
			}
		});
		this.sessions.get("s1");
		this.sessions.get("s1");
		assertThat(this.server.requests()).noneMatch((request) -> request.toLowerCase().contains("cookie"));
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void readTimeoutEndsASilentExchange(Call call) throws Exception {
		assertTimesOut(call, (connection) -> {
			connection.readRequest();
			connection.hang();
		});
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void readTimeoutBoundsSlowBody(Call call) throws Exception {
		assertTimesOut(call, (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
			drip(connection, " ");
		});
	}

	@Test
	void readTimeoutBoundsSlowHeaders() throws Exception {
		assertTimesOut(Call.CREATE, (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\n");
			drip(connection, "X-A: b\r\n");
		});
	}

	private void assertTimesOut(Call call, SocketServer.Script script) throws Exception {
		Duration timeout = Duration.ofMillis(300);
		ComfyDeployTransportException failure = failure(call, script, timeout);
		if (this.server.requests().isEmpty()) {
			// This machine is too slow to send the request in time
			close();
			timeout = Duration.ofSeconds(20);
			failure = failure(call, script, timeout);
		}
		assertThat(failure.isOutcomeUnknown()).isEqualTo(!call.repeatable);
		assertThat(failure.getAttempts()).isOne();
		assertThat(failure).hasMessageContaining(timeout.toMillis() + " ms");
	}

	private ComfyDeployTransportException failure(Call call, SocketServer.Script script, Duration timeout) {
		start(script, timeout);
		return catchThrowableOfType(ComfyDeployTransportException.class, () -> call.on(this.sessions));
	}

	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + SessionFixtures.SESSION_JSON,
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n" + SessionFixtures.SESSION_JSON + "\r\n",
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + SessionFixtures.SESSION_JSON,
			"HTTP/1.1 200 OK\r\nX-Head", "HTTP/1.1 2", "nonsense\r\n\r\n", "" })
	void incompleteResponseIsTransportFailure(String response) {
		start((connection) -> {
			connection.readRequest();
			connection.write(response);
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.server.requests()).hasSize(1);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.get("s1"));
	}

	@Test
	void endlessErrorBodyIsCutAt64KiB() {
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 500 X\r\nContent-Length: 200000000\r\n\r\n");
			while (!connection.isClosed()) {
				connection.write(new byte[65536]);
			}
		});
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
			.isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> {
				assertThat(ex.getResponseBody()).hasSize(64 * 1024);
				assertThat(ex.getMessage().length()).isLessThanOrEqualTo(1000);
			});
	}

	@Test
	void endlessSuccessIsUnreadable() {
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
			String chunk = "10000\r\n" + " ".repeat(65536) + "\r\n";
			while (!connection.isClosed()) {
				connection.write(chunk);
			}
		});
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.get("s1"))
			.withMessageContaining("larger than");
		assertThat(this.sessions.cancel("s1")).isTrue();
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void interruptEndsACallInFlight(Call call) throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		start((connection) -> {
			connection.readRequest();
			arrived.countDown();
			connection.hang();
		}, Duration.ofMinutes(1));
		AtomicReference<Throwable> failure = new AtomicReference<>();
		AtomicBoolean flag = new AtomicBoolean();
		Thread thread = new Thread(() -> {
			failure.set(catchThrowable(() -> call.on(this.sessions)));
			flag.set(Thread.currentThread().isInterrupted());
		});
		thread.start();
		arrived.await();
		thread.interrupt();
		thread.join(50_000);
		assertThat(thread.isAlive()).isFalse();
		assertThat(flag).isTrue();
		assertThat(failure.get()).isInstanceOfSatisfying(ComfyDeployTransportException.class, (ex) -> {
			assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable);
			assertThat(ex.getAttempts()).isOne();
		});
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void closingEndsCallsInFlightAndRefusesOthers() throws Exception {
		CountDownLatch arrived = new CountDownLatch(2);
		start((connection) -> {
			connection.readRequest();
			arrived.countDown();
			connection.hang();
		}, Duration.ofMinutes(11));
		// On JDK 25, the common pool of a machine with two processors has one thread
		Executor threads = (task) -> new Thread(task).start();
		List<CompletableFuture<Throwable>> calls = List.of(
				CompletableFuture.supplyAsync(() -> catchThrowable(() -> this.sessions.create(CREATE)), threads),
				CompletableFuture.supplyAsync(() -> catchThrowable(() -> this.sessions.get("s1")), threads));
		arrived.await();
		Clients.close(this.sessions);
		for (CompletableFuture<Throwable> call : calls) {
			assertThat(call.get()).isInstanceOf(ComfyDeployTransportException.class).hasMessageContaining("closed");
		}
		assertThat(((ComfyDeployException) calls.get(0).get()).isOutcomeUnknown()).isTrue();
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> {
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex.getAttempts()).isZero();
			});
		assertThat(this.server.requests()).hasSize(2);
	}

	@Test
	void closingEndsAWaitBetweenAttempts() throws Exception {
		start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 503 X\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n");
		});
		CountDownLatch closed = new CountDownLatch(1);
		CountDownLatch sleeping = new CountDownLatch(1);
		Sleeper system = Sleeper.system(closed);
		SessionOperations sessions = Clients.builder(this.server.baseUrl()).build(new Jackson2Codec(), new TestTime() {

			@Override
			public void sleep(Duration duration) throws InterruptedException {
				sleeping.countDown();
				system.sleep(duration);
			}

		}, closed, new BackOff(() -> 1));
		CompletableFuture<Throwable> call = CompletableFuture
			.supplyAsync(() -> catchThrowable(() -> sessions.get("s1")));
		sleeping.await();
		Clients.close(sessions);
		assertThat(call.get()).isInstanceOf(ComfyDeployTransportException.class).hasMessageContaining("closed");
		assertThat(this.server.requests()).hasSize(1);
	}

	@Test
	void manyThreadsShareAClient() {
		start(AbstractSocketServerTests::keepResponding);
		List<CompletableFuture<String>> calls = IntStream.range(0, 200)
			.mapToObj((i) -> CompletableFuture.supplyAsync(
					() -> (i % 2 == 0) ? this.sessions.get("s1").id() : this.sessions.create(CREATE).sessionId()))
			.toList();
		assertThat(calls).allSatisfy((call) -> assertThat(call.get()).isEqualTo("s1"));
		assertThat(this.server.requests()).hasSize(200);
	}

	@Override
	void start(SocketServer.Script script) {
		start(script, Duration.ofSeconds(30));
	}

	private void start(SocketServer.Script script, Duration readTimeout) {
		start(script, (builder) -> builder.retry(RetrySettings.none()).readTimeout(readTimeout));
	}

	private static void drip(SocketServer.Connection connection, String drop) throws Exception {
		while (!connection.isClosed()) {
			connection.write(drop);
			connection.pause(Duration.ofMillis(20));
		}
	}

}
