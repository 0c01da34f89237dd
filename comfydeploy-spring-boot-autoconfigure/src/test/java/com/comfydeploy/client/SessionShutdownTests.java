package com.comfydeploy.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for the end of an application while calls are in progress.
 */
class SessionShutdownTests {

	private static final Duration BOUND = Duration.ofSeconds(5);

	@Test
	void whenContextIsClosedInTheMiddleOfACreateThatWaitsTheCallEnds() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		try (SocketServer server = SocketServer.start((connection) -> {
			connection.readRequest();
			arrived.countDown();
			connection.hang();
		})) {
			Calls calls = closeAfter(arrived, server.baseUrl(), (sessions) -> List
				.of(failure(() -> sessions.create(CreateSessionRequest.forMachine("m1").waitForServer(true).build()))));
			assertThat(calls.closedIn()).isLessThan(BOUND);
			assertThat(calls.failures().get(0).get(BOUND.toSeconds(), TimeUnit.SECONDS))
				.isInstanceOfSatisfying(ComfyDeployTransportException.class, (ex) -> {
					assertThat(ex.isOutcomeUnknown()).isTrue();
					assertThat(ex.getAttempts()).isEqualTo(1);
				});
			assertThat(server.requests()).hasSize(1);
		}
	}

	@Test
	void whenContextIsClosedInTheMiddleOfManyCallsAllEnd() throws Exception {
		int count = 50;
		CountDownLatch arrived = new CountDownLatch(2 * count);
		try (SocketServer server = SocketServer.start((connection) -> {
			connection.readRequest();
			arrived.countDown();
			connection.hang();
		})) {
			Calls calls = closeAfter(arrived, server.baseUrl(),
					(sessions) -> IntStream.range(0, 2 * count).mapToObj((i) -> failure(() -> {
						if (i % 2 == 0) {
							sessions.get("s1");
						}
						else {
							sessions.create(CreateSessionRequest.forMachine("m1").build());
						}
					})).toList());
			assertThat(calls.closedIn()).isLessThan(BOUND);
			for (CompletableFuture<ComfyDeployException> failure : calls.failures()) {
				assertThat(failure.get(BOUND.toSeconds(), TimeUnit.SECONDS)).isInstanceOfSatisfying(
						ComfyDeployTransportException.class,
						(ex) -> assertThat(ex.isOutcomeUnknown()).isEqualTo(ex.getOperation().equals("create")));
			}
			assertThat(server.requests()).hasSize(2 * count);
		}
	}

	@Test
	void whenContextIsClosedInAWaitBetweenAttemptsTheCallEnds() throws Exception {
		CountDownLatch arrived = new CountDownLatch(1);
		try (SocketServer server = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 429 X\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");
			arrived.countDown();
			connection.hang();
		})) {
			Calls calls = closeAfter(arrived, server.baseUrl(),
					(sessions) -> List.of(failure(() -> sessions.get("s1"))));
			assertThat(calls.closedIn()).isLessThan(BOUND);
			assertThat(calls.failures().get(0).get(BOUND.toSeconds(), TimeUnit.SECONDS))
				.isInstanceOf(ComfyDeployTransportException.class);
			assertThat(server.requests()).hasSize(1);
		}
	}

	private static Calls closeAfter(CountDownLatch arrived, String baseUrl, CallStarter starter) {
		long[] closing = new long[1];
		List<List<CompletableFuture<ComfyDeployException>>> failures = new ArrayList<>();
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + baseUrl)
			.run((context) -> {
				failures.add(starter.start(context.getBean(SessionOperations.class)));
				assertThat(arrived.await(60, TimeUnit.SECONDS)).isTrue();
				closing[0] = System.nanoTime();
			});
		return new Calls(Duration.ofNanos(System.nanoTime() - closing[0]), failures.get(0));
	}

	private static CompletableFuture<ComfyDeployException> failure(Runnable call) {
		CompletableFuture<ComfyDeployException> failure = new CompletableFuture<>();
		Thread thread = new Thread(() -> failure.complete(catchThrowableOfType(ComfyDeployException.class, call::run)),
				"caller");
		thread.setDaemon(true);
		thread.start();
		return failure;
	}

	@FunctionalInterface
	private interface CallStarter {

		List<CompletableFuture<ComfyDeployException>> start(SessionOperations sessions);

	}

	/**
	 * Calls that were in progress when the context was closed.
	 */
	private record Calls(Duration closedIn, List<CompletableFuture<ComfyDeployException>> failures) {

	}

}
