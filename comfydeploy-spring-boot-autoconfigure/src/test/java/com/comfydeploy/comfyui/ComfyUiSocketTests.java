package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import com.comfydeploy.client.SocketServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the WebSocket of a wait, with sockets of our own: what the JDK's client
 * reports about a connection cannot be relied on.
 */
@Timeout(120)
class ComfyUiSocketTests {

	private static final Workflow WORKFLOW = Workflow.of("{\"1\":{\"class_type\":\"SaveImage\"}}");

	/** Polls before the workflow has ended. */
	private static final int POLLS = 4;

	/** The end of each WebSocket, as the server sees it. */
	private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

	private final AtomicInteger polls = new AtomicInteger();

	private final SkippedTime time = new SkippedTime();

	private final SocketServer server = SocketServer.start(this::serve);

	private final ComfyUiClient client = ComfyUisBuilder.create().time(this.time).build();

	private final ComfyUi comfyUi = this.client.at("http://localhost:" + this.server.port());

	private Behavior behavior = Behavior.STAY_OPEN;

	@AfterEach
	void stop() throws IOException {
		this.client.close();
		this.server.close();
	}

	@ParameterizedTest
	@EnumSource(Behavior.class)
	void waitKeepsItsPaceAndClosesItsConnection(Behavior behavior) throws Exception {
		this.behavior = behavior;
		for (int run = 0; run < 10; run++) {
			this.polls.set(0);
			this.time.waits.clear();
			List<ComfyUiProgress> progress = new ArrayList<>();
			ComfyUiResult result = this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), progress::add);
			assertThat(result.files()).hasSize(1);
			assertThat(this.time.waits).containsExactly(Duration.ofMillis(100), Duration.ofMillis(150),
					Duration.ofMillis(225));
			assertThat(progress).extracting(ComfyUiProgress::fraction).containsExactly(1.0);
			assertThat(this.ends.poll(30, TimeUnit.SECONDS)).isEqualTo("closed by the client");
		}
	}

	@Test
	void closedClientHasNoThreadLeft() throws Exception {
		Set<Thread> before = clientThreads();
		this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5));
		assertThat(this.ends.poll(30, TimeUnit.SECONDS)).isEqualTo("closed by the client");
		Set<Thread> threads = clientThreads();
		threads.removeAll(before);
		assertThat(threads).hasSize(1);
		this.client.close();
		for (Thread thread : threads) {
			while (thread.isAlive()) {
				// Before JDK 21, the client ends when it is collected
				System.gc();
				thread.join(100);
			}
		}
	}

	@Test
	void closedClientOpensNoWebSocket() {
		this.client.close();
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5)))
			.withMessageContaining("the client has been closed");
		assertThat(this.server.connections()).isZero();
	}

	private static Set<Thread> clientThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().matches("HttpClient-.*SelectorManager"))
			.collect(Collectors.toCollection(HashSet::new));
	}

	private void serve(SocketServer.Connection connection) throws Exception {
		String request = connection.readRequest();
		String path = request.lines().findFirst().orElseThrow();
		if (path.contains("/ws?")) {
			connection.acceptWebSocket(request);
			behave(connection);
			connection.readToEnd(OutputStream.nullOutputStream());
			this.ends.add("closed by the client");
		}
		else {
			respond(connection, path.contains("/prompt") ? "{\"prompt_id\":\"p1\",\"node_errors\":{}}" : job());
		}
	}

	private static void respond(SocketServer.Connection connection, String json) throws IOException {
		connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
				+ json.length() + "\r\n\r\n" + json);
	}

	private String job() {
		return (this.polls.incrementAndGet() < POLLS) ? "{\"status\":\"in_progress\"}"
				: "{\"status\":\"completed\",\"outputs\":{\"1\":{\"images\":[{\"filename\":\"a.png\"}]}}}";
	}

	private void behave(SocketServer.Connection connection) throws IOException {
		switch (this.behavior) {
			case CLOSE -> connection.endOutput();
			case CLOSE_FRAME -> {
				connection.write(new byte[] { (byte) 0x88, 2, 3, (byte) 0xe8 });
				connection.endOutput();
			}
			case GARBAGE -> connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
			case NOT_A_NUMBER -> {
				String message = "{\"type\":\"progress\",\"data\":{\"prompt_id\":\"p1\",\"node\":\"1\",\"value\":NaN,\"max\":1}}";
				connection.write(new byte[] { (byte) 0x81, (byte) message.length() });
				connection.write(message);
			}
			case STAY_OPEN -> {
			}
		}
	}

	/** Behavior of the server after it has accepted a WebSocket. */
	private enum Behavior {

		STAY_OPEN, CLOSE, CLOSE_FRAME, GARBAGE, NOT_A_NUMBER

	}

}
