package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

	/** Released for each WebSocket, after which the workflow is accepted. */
	private final Semaphore received = new Semaphore(0);

	/** Sent over each WebSocket. */
	private final List<byte[]> frames = new CopyOnWriteArrayList<>();

	private volatile Behavior behavior = Behavior.STAY_OPEN;

	/** Of the workflow that has ended. */
	private volatile String status = "completed";

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

	/** The client has received each frame when the workflow is submitted. */
	@Test
	void messagesOfAnyFormAreReadOrIgnored() throws Exception {
		byte[] progress = progress("p1", 7).getBytes(StandardCharsets.UTF_8);
		this.frames.addAll(List.of(frame(0x81, "x".repeat(6_000_000)), frame(0x82, "x".repeat(2_000_000)),
				frame(0x81, "{\"a\":".repeat(100_000)), frame(0x81, progress("another", 3)),
				frame(0x81, "{\"type\":[1],\"data\":{\"prompt_id\":\"p1\",\"nodes\":[null]}}"),
				frame(0x01, Arrays.copyOf(progress, 20)), frame(0x8a, "unasked"),
				frame(0x80, Arrays.copyOfRange(progress, 20, progress.length))));
		this.behavior = Behavior.FRAMES;
		List<ComfyUiProgress> reports = new ArrayList<>();
		assertThat(this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), reports::add).files()).hasSize(1);
		assertThat(reports).extracting(ComfyUiProgress::value).containsExactly(7.0, 1.0);
	}

	/** ComfyUI sends it before the history has the result. */
	@ParameterizedTest
	@ValueSource(strings = { "execution_success", "execution_error", "execution_interrupted" })
	void endOnTheWebSocketStartsAPollAndIsNotTheResult(String type) {
		this.frames.add(frame(0x81, "{\"type\":\"%s\",\"data\":{\"prompt_id\":\"p1\"}}".formatted(type)));
		this.behavior = Behavior.FRAMES;
		assertThat(this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), (progress) -> {
		}).files()).hasSize(1);
		assertThat(this.polls).hasValue(POLLS);
		// One wait less than the polls without the message
		assertThat(this.time.waits).containsExactly(Duration.ofMillis(100), Duration.ofMillis(150));
	}

	@Test
	void listenerThatIsSlowDoesNotDelayTheEnd() {
		for (int i = 0; i < 1000; i++) {
			this.frames.add(frame(0x81, progress("p1", i % 10)));
		}
		this.behavior = Behavior.FRAMES;
		List<ComfyUiProgress> reports = new ArrayList<>();
		this.polls.set(Integer.MIN_VALUE);
		assertThatExceptionOfType(WorkflowTimeoutException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofSeconds(20), (progress) -> {
				reports.add(progress);
				this.time.await(new Signal(), Duration.ofSeconds(1));
			}));
		// One for each poll
		assertThat(reports).hasSize(20);
		assertThat(this.polls.get() - Integer.MIN_VALUE).isGreaterThan(10);
		this.polls.set(POLLS);
		reports.clear();
		assertThat(this.comfyUi.run(WORKFLOW, Duration.ofSeconds(20), reports::add).files()).hasSize(1);
		assertThat(reports).hasSize(101).last().extracting(ComfyUiProgress::fraction).isEqualTo(1.0);
	}

	/** A second for the earlier reports, then the latest one, and the end. */
	@Test
	void slowListenerReceivesTheLatestReportsAfterTheEnd() {
		for (int i = 0; i < 100; i++) {
			this.frames.add(frame(0x81, progress("p1", i % 10)));
		}
		this.behavior = Behavior.FRAMES;
		this.polls.set(POLLS);
		List<ComfyUiProgress> reports = new ArrayList<>();
		this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), (progress) -> {
			reports.add(progress);
			this.time.await(new Signal(), Duration.ofMillis(400));
		});
		assertThat(reports).extracting(ComfyUiProgress::value).containsExactly(0.0, 1.0, 2.0, 9.0, 1.0);
	}

	/** Kotlin throws it without a declaration. */
	@Test
	void listenerThatThrowsACheckedExceptionChangesNothing() {
		this.frames.add(frame(0x81, progress("p1", 7)));
		this.behavior = Behavior.FRAMES;
		ComfyUiResult result = this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), (progress) -> {
			throw sneaky(new IOException("no page"));
		});
		assertThat(result.files()).hasSize(1);
		this.polls.set(0);
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), (progress) -> {
				throw sneaky(new InterruptedException());
			}));
		assertThat(Thread.interrupted()).isTrue();
	}

	@SuppressWarnings("unchecked")
	private static <E extends Exception> E sneaky(Exception ex) throws E {
		throw (E) ex;
	}

	@Test
	void progressBeforeAFailureIsReported() {
		this.frames.add(frame(0x81, progress("p1", 7)));
		this.frames.add(frame(0x81, "{\"type\":\"execution_error\",\"data\":{\"prompt_id\":\"p1\"}}"));
		this.behavior = Behavior.FRAMES;
		this.status = "failed";
		this.polls.set(POLLS);
		List<ComfyUiProgress> reports = new ArrayList<>();
		assertThatExceptionOfType(WorkflowFailedException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), reports::add));
		assertThat(reports).extracting(ComfyUiProgress::value).containsExactly(7.0);
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

	private static String progress(String promptId, int value) {
		return "{\"type\":\"progress\",\"data\":{\"prompt_id\":\"%s\",\"node\":\"1\",\"value\":%d,\"max\":10}}"
			.formatted(promptId, value);
	}

	private static byte[] frame(int opcode, String payload) {
		return frame(opcode, payload.getBytes(StandardCharsets.UTF_8));
	}

	private static byte[] frame(int opcode, byte[] payload) {
		ByteBuffer frame = ByteBuffer.allocate(10 + payload.length).put((byte) opcode);
		if (payload.length < 126) {
			frame.put((byte) payload.length);
		}
		else {
			frame.put((byte) 127).putLong(payload.length);
		}
		frame.put(payload);
		return Arrays.copyOf(frame.array(), frame.position());
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
			this.received.release();
			connection.readToEnd(OutputStream.nullOutputStream());
			this.ends.add("closed by the client");
		}
		else if (path.contains("/prompt")) {
			this.received.acquire();
			respond(connection, "{\"prompt_id\":\"p1\",\"node_errors\":{}}");
		}
		else {
			respond(connection, job());
		}
	}

	private static void respond(SocketServer.Connection connection, String json) throws IOException {
		connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
				+ json.length() + "\r\n\r\n" + json);
	}

	private String job() {
		return (this.polls.incrementAndGet() < POLLS) ? "{\"id\":\"p1\",\"status\":\"in_progress\"}"
				: "{\"id\":\"p1\",\"status\":\"" + this.status
						+ "\",\"outputs\":{\"1\":{\"images\":[{\"filename\":\"a.png\"}]}}}";
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
			case FRAMES -> {
				for (byte[] frame : this.frames) {
					connection.write(frame);
				}
				// Followed by the response of the client
				connection.write(new byte[] { (byte) 0x89, 0 });
				connection.read(6);
			}
			case STAY_OPEN -> {
			}
		}
	}

	/** Behavior of the server after it has accepted a WebSocket. */
	private enum Behavior {

		STAY_OPEN, CLOSE, CLOSE_FRAME, GARBAGE, NOT_A_NUMBER, FRAMES

	}

}
