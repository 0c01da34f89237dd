package com.comfydeploy.comfyui;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

	private final ExecutorService executor = Executors.newCachedThreadPool();

	/** The end of each WebSocket, as the server sees it. */
	private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

	private final AtomicInteger connections = new AtomicInteger();

	private final AtomicInteger polls = new AtomicInteger();

	private final List<Duration> waits = new ArrayList<>();

	private ServerSocket server;

	private Behavior behavior = Behavior.STAY_OPEN;

	private ComfyUiClient client;

	private ComfyUi comfyUi;

	@BeforeEach
	void start() throws IOException {
		this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		this.executor.execute(this::accept);
		this.client = ComfyUisBuilder.create().time(new RecordedTime()).build();
		this.comfyUi = this.client.at("http://localhost:" + this.server.getLocalPort());
	}

	@AfterEach
	void stop() throws IOException {
		this.client.close();
		this.server.close();
		this.executor.shutdownNow();
	}

	@ParameterizedTest
	@EnumSource(Behavior.class)
	void waitKeepsItsPaceAndClosesItsConnection(Behavior behavior) throws Exception {
		this.behavior = behavior;
		for (int run = 0; run < 10; run++) {
			this.polls.set(0);
			this.waits.clear();
			List<ComfyUiProgress> progress = new ArrayList<>();
			ComfyUiResult result = this.comfyUi.run(WORKFLOW, Duration.ofMinutes(5), progress::add);
			assertThat(result.files()).hasSize(1);
			assertThat(this.waits).containsExactly(Duration.ofMillis(100), Duration.ofMillis(150),
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
		assertThat(this.connections).hasValue(0);
	}

	private static Set<Thread> clientThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().matches("HttpClient-.*SelectorManager"))
			.collect(Collectors.toCollection(HashSet::new));
	}

	private void accept() {
		while (!this.server.isClosed()) {
			try {
				Socket socket = this.server.accept();
				this.connections.incrementAndGet();
				this.executor.execute(() -> serve(socket));
			}
			catch (IOException ex) {
				return;
			}
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
			String path = String.valueOf(reader.readLine());
			String key = "";
			int length = 0;
			for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
				key = line.startsWith("Sec-WebSocket-Key: ") ? line.substring(19) : key;
				length = line.startsWith("Content-Length: ") ? Integer.parseInt(line.substring(16)) : length;
			}
			reader.skip(length);
			if (path.contains("/ws?")) {
				this.ends.add(upgrade(socket, reader, key));
			}
			else {
				respond(socket, path.contains("/prompt") ? "{\"prompt_id\":\"p1\",\"node_errors\":{}}" : job());
			}
		}
		catch (IOException | NoSuchAlgorithmException ex) {
			this.ends.add(ex.toString());
		}
	}

	private String job() {
		return (this.polls.incrementAndGet() < POLLS) ? "{\"status\":\"in_progress\"}"
				: "{\"status\":\"completed\",\"outputs\":{\"1\":{\"images\":[{\"filename\":\"a.png\"}]}}}";
	}

	private static void respond(Socket socket, String json) throws IOException {
		socket.getOutputStream()
			.write(("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
					+ json.length() + "\r\n\r\n" + json)
				.getBytes(StandardCharsets.US_ASCII));
	}

	/** Accept a WebSocket, and return what ends it. */
	private String upgrade(Socket socket, BufferedReader reader, String key)
			throws IOException, NoSuchAlgorithmException {
		byte[] digest = MessageDigest.getInstance("SHA-1")
			.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
		socket.getOutputStream()
			.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
					+ "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
				.getBytes(StandardCharsets.US_ASCII));
		socket.setSoTimeout(60_000);
		switch (this.behavior) {
			case CLOSE -> socket.shutdownOutput();
			case CLOSE_FRAME -> {
				socket.getOutputStream().write(new byte[] { (byte) 0x88, 2, 3, (byte) 0xe8 });
				socket.shutdownOutput();
			}
			case GARBAGE ->
				socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			case NOT_A_NUMBER -> {
				String message = "{\"type\":\"progress\",\"data\":{\"prompt_id\":\"p1\",\"node\":\"1\",\"value\":NaN,\"max\":1}}";
				socket.getOutputStream().write(new byte[] { (byte) 0x81, (byte) message.length() });
				socket.getOutputStream().write(message.getBytes(StandardCharsets.US_ASCII));
			}
			case STAY_OPEN -> {
			}
		}
		try {
			while (reader.read() >= 0) {
				// Read up to the end of the connection
			}
		}
		catch (SocketTimeoutException ex) {
			return "still open";
		}
		catch (IOException ex) {
			// Reset
		}
		return "closed by the client";
	}

	/** Behavior of the server after it has accepted a WebSocket. */
	private enum Behavior {

		STAY_OPEN, CLOSE, CLOSE_FRAME, GARBAGE, NOT_A_NUMBER

	}

	/** Time that passes by waiting only. */
	private final class RecordedTime implements SignalWaiter {

		private long nanos;

		@Override
		public long nanoTime() {
			return this.nanos;
		}

		@Override
		public void await(Signal signal, Duration duration) {
			ComfyUiSocketTests.this.waits.add(duration);
			this.nanos += duration.toNanos();
		}

	}

}
