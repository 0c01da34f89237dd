package com.comfydeploy.client;

import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for many concurrent calls: each gets its own response, is sent once, and leaves
 * no thread or memory behind.
 */
@Timeout(120)
class SessionLoadTests extends AbstractSocketServerTests {

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	/**
	 * The real server drops the connection after a text 500, without saying so.
	 */
	@Test
	void createDoesNotFailForDroppedConnectionOfAnotherCall() {
		start((connection) -> {
			while (true) {
				String request = connection.readRequest();
				if (request.contains("machine_id=dropping") || request.contains("\"dropping\"")) {
					connection.write("HTTP/1.1 500 X\r\nContent-Type: text/plain; charset=utf-8\r\n"
							+ "Content-Length: 21\r\n\r\nInternal Server Error");
					return;
				}
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		});
		CreateSessionRequest dropping = CreateSessionRequest.forMachine("dropping").build();
		long before = clientThreads();
		for (int i = 0; i < 500; i++) {
			if (i % 2 == 0) {
				assertThatExceptionOfType(ComfyDeployApiException.class)
					.isThrownBy(() -> this.sessions.list("dropping"));
			}
			else {
				assertThatExceptionOfType(ComfyDeployApiException.class)
					.isThrownBy(() -> this.sessions.create(dropping));
			}
			assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
		}
		assertThat(this.server.requests()
			.stream()
			.filter((request) -> request.startsWith("POST") && !request.contains("dropping"))).hasSize(500);
		assertThat(this.server.requests()).hasSize(1000);
		assertThat(clientThreads()).isLessThanOrEqualTo(before + 10);
	}

	static Stream<Executor> executors() {
		Method virtual = ClassUtils.getMethodIfAvailable(Executors.class, "newVirtualThreadPerTaskExecutor");
		Executor platform = new Executor("200 platform threads", () -> Executors.newFixedThreadPool(200));
		return (virtual != null)
				? Stream.of(platform,
						new Executor("virtual threads",
								() -> (ExecutorService) ReflectionUtils.invokeMethod(virtual, null)))
				: Stream.of(platform);
	}

	@ParameterizedTest
	@MethodSource("executors")
	void thousandConcurrentCallsGetTheirResponses(Executor executor) throws Exception {
		start((connection) -> {
			while (true) {
				String request = connection.readRequest();
				String id = request.startsWith("GET") ? request.substring(17, request.indexOf(' ', 17))
						: request.replaceAll("(?s).*\"machine_id\":\"(\\w+)\".*", "$1");
				connection.respond(200, SessionFixtures.SESSION_JSON.replace("s1", id));
			}
		});
		ExecutorService threads = executor.create().call();
		try {
			List<Future<String>> calls = new ArrayList<>();
			for (int i = 0; i < 1000; i++) {
				String id = "id" + i;
				calls.add(threads.submit((i % 2 == 0) ? () -> this.sessions.get(id).id()
						: () -> this.sessions.create(CreateSessionRequest.forMachine(id).build()).sessionId()));
			}
			for (int i = 0; i < 1000; i++) {
				assertThat(calls.get(i).get()).isEqualTo("id" + i);
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(this.server.requests()).hasSize(1000);
	}

	@ParameterizedTest
	@MethodSource("executors")
	void closingEndsThousandConcurrentCalls(Executor executor) throws Exception {
		CountDownLatch some = new CountDownLatch(50);
		start((connection) -> {
			connection.readRequest();
			some.countDown();
			connection.hang();
		});
		ExecutorService threads = executor.create().call();
		try {
			List<Future<Throwable>> calls = new ArrayList<>();
			for (int i = 0; i < 1000; i++) {
				calls.add(threads.submit((i % 2 == 0) ? () -> catchThrowable(() -> this.sessions.get("s1"))
						: () -> catchThrowable(() -> this.sessions.create(CREATE))));
			}
			some.await();
			Clients.close(this.sessions);
			for (Future<Throwable> call : calls) {
				assertThat(call.get(30, TimeUnit.SECONDS)).isInstanceOf(ComfyDeployTransportException.class);
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Override
	void start(Script script) {
		start(script, (builder) -> builder.retry(RetrySettings.none()).readTimeout(Duration.ofMinutes(11)));
	}

	private static long clientThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("HttpClient-")
					|| thread.getName().startsWith("comfydeploy-http-"))
			.count();
	}

	/**
	 * Executor of concurrent calls.
	 *
	 * @param name the kind of its threads
	 * @param create creates the executor
	 */
	record Executor(String name, Callable<ExecutorService> create) {

		@Override
		public String toString() {
			return this.name;
		}

	}

}
