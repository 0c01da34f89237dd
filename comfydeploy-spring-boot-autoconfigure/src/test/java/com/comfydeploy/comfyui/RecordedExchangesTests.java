package com.comfydeploy.comfyui;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reads what ComfyUI 0.33.0, 0.3.64 and 0.3.39 really answered on the routes that the
 * client uses. What it must find in each was computed from the recordings by a program
 * that shares nothing with the client.
 */
class RecordedExchangesTests {

	private static final String ID = "00000000-0000-4000-8000-000000000001";

	private static final Workflow WORKFLOW = Workflow.of("{\"1\": {\"class_type\": \"SaveImage\", \"inputs\": {}}}");

	private RecordedServer server;

	@BeforeEach
	void start() throws IOException {
		this.server = new RecordedServer();
	}

	@AfterEach
	void stop() throws IOException {
		this.server.close();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("exchanges")
	void exchangeIsRead(String name, Map<String, Object> exchange) throws Exception {
		this.server.answer(exchange);
		TimeSource time = new QuickTime();
		try (ComfyUiClient client = ComfyUisBuilder.create()
			.retry(1, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(1), true)
			.searchTime(Duration.ofSeconds(1))
			.time(time)
			.build()) {
			String url = "http://localhost:" + this.server.port();
			assertThat(outcome(exchange, client, url, this.server)).isEqualTo(exchange.get("expect"));
		}
	}

	static Stream<Object[]> exchanges() throws IOException {
		try (InputStream input = new ClassPathResource("exchanges.jsonl", RecordedExchangesTests.class)
			.getInputStream()) {
			return new String(input.readAllBytes(), StandardCharsets.UTF_8).lines().map((line) -> {
				Map<String, Object> exchange = JsonValues.object(ComfyUiJson.read(line));
				return new Object[] { exchange.get("server") + " " + exchange.get("case") + " " + exchange.get("route"),
						exchange };
			}).toList().stream();
		}
	}

	private static String outcome(Map<String, Object> exchange, ComfyUiClient client, String url, RecordedServer server)
			throws Exception {
		ComfyUi comfyUi = client.at(url);
		String route = String.valueOf(exchange.get("route"));
		boolean submit = route.equals("submit");
		try {
			return switch (route) {
				case "submit" -> "queued " + comfyUi.submit(WORKFLOW);
				case "queue" -> queue(exchange, client, url);
				case "history" -> history(exchange, client, url);
				case "job" -> job(client, url, server);
				case "delete", "interrupt" -> {
					// In the queue as one that can be deleted, or interrupted
					comfyUi.interrupt(ID);
					yield "done";
				}
				case "free" -> {
					comfyUi.freeMemory();
					yield "done";
				}
				case "stats" -> "version " + comfyUi.stats().version() + " devices=" + comfyUi.stats().devices().size();
				case "view" -> "bytes " + comfyUi.read(new OutputFile("1", "images", "a.png", "", "output")).length;
				case "upload" ->
					"file " + comfyUi.upload("a.png", new ByteArrayResource(new byte[] { 1 })).inputValue();
				case "socket" -> socket(exchange);
				default -> throw new IllegalArgumentException(route);
			};
		}
		catch (InvalidWorkflowException ex) {
			String prefix = (ex.getPromptId() != null) ? "partly " + ex.getPromptId() : "invalid " + ex.getErrorType();
			return prefix + " "
					+ ex.getNodeErrors()
						.stream()
						.map((error) -> error.nodeId() + ":" + error.type())
						.sorted()
						.collect(Collectors.joining(","));
		}
		catch (ComfyUiUnavailableException ex) {
			if (submit && ex.isOutcomeUnknown()) {
				return "unknown";
			}
			if (ex.getStatusCode() != null) {
				return "status " + ex.getStatusCode();
			}
			return submit ? "not sent" : "no response";
		}
		catch (RequestFailure ex) {
			return (ex.statusCode() != null) ? "status " + ex.statusCode() : "no response";
		}
	}

	private static PromptLookup lookup(ComfyUiClient client, String url) {
		return new PromptLookup(client.http(ComfyUiUrl.of(url)));
	}

	private static ComfyUiCall call(String url) {
		return new ComfyUiCall("comfyui-await", ComfyUiUrl.of(url));
	}

	private static Deadline deadline() {
		return Deadline.in(Duration.ofMinutes(1), TimeSource.SYSTEM);
	}

	private static String queue(Map<String, Object> exchange, ComfyUiClient client, String url) throws Exception {
		lookup(client, url).findInQueue(call(url), ID);
		String expected = String.valueOf(exchange.get("expect"));
		TreeSet<String> found = new TreeSet<>();
		for (String pair : expected.substring("ids ".length()).split(",")) {
			String id = pair.split("=")[0];
			if (!id.isEmpty()) {
				found.add(id + "=" + lookup(client, url).findInQueue(call(url), id));
			}
		}
		return "ids " + String.join(",", found);
	}

	private static String history(Map<String, Object> exchange, ComfyUiClient client, String url) {
		PromptLookup lookup = lookup(client, url);
		lookup.poll(call(url), ID, deadline());
		String expected = String.valueOf(exchange.get("expect"));
		TreeSet<String> found = new TreeSet<>();
		for (String entry : expected.substring("entries ".length()).split(",")) {
			String id = entry.split("=")[0];
			if (!id.isEmpty()) {
				assertThat(lookup.find(call(url), id, deadline())).isEqualTo(id);
				found.add(id + "=" + describe(lookup.poll(call(url), id, deadline())));
			}
		}
		return "entries " + String.join(",", found);
	}

	/** Where there are no jobs, the queue is asked next. */
	private static String job(ComfyUiClient client, String url, RecordedServer server) {
		PromptState state = lookup(client, url).poll(call(url), ID, deadline());
		return server.routes.contains("queue") ? "no route" : describe(state);
	}

	private static String describe(PromptState state) {
		String node = (state.kind() == PromptState.Kind.FAILED) ? " node=" + state.error().nodeId() : "";
		return state.kind() + node + " files=" + state.result().files().size();
	}

	private static String socket(Map<String, Object> exchange) {
		ProgressTracker tracker = new ProgressTracker(new WakeUp(), 3);
		JsonValues.list(exchange.get("texts")).forEach((text) -> tracker.message((String) text));
		String prompt = null;
		int values = 0;
		for (ComfyUiProgress progress = tracker.poll(); progress != null; progress = tracker.poll()) {
			assertThat(progress.fraction()).isBetween(0.0, 1.0);
			prompt = progress.promptId();
			values += (progress.max() > 1) ? 1 : 0;
		}
		return "prompt " + ((prompt != null) ? prompt : "None") + " over=" + tracker.isOver() + " progress=" + values;
	}

	/** Waits take no time. */
	private static final class QuickTime implements TimeSource {

		private long nanos;

		@Override
		public long nanoTime() {
			return this.nanos;
		}

		@Override
		public void await(WakeUp wakeUp, Duration duration) {
			this.nanos += duration.toNanos();
		}

	}

	/**
	 * Answers one route with the recorded bytes, and the others as an idle ComfyUI does.
	 */
	private static final class RecordedServer {

		private final ServerSocket serverSocket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

		private final List<String> routes = new CopyOnWriteArrayList<>();

		private volatile Map<String, Object> exchange = Map.of();

		RecordedServer() throws IOException {
			Thread thread = new Thread(this::accept);
			thread.setDaemon(true);
			thread.start();
		}

		int port() {
			return this.serverSocket.getLocalPort();
		}

		void answer(Map<String, Object> exchange) throws IOException {
			this.exchange = exchange;
			if ("refused".equals(exchange.get("broken"))) {
				close();
			}
		}

		private void accept() {
			while (!this.serverSocket.isClosed()) {
				try (Socket socket = this.serverSocket.accept()) {
					socket.setTcpNoDelay(true);
					String request = read(socket.getInputStream());
					byte[] response = response(request.split(" ")[0], request.split(" ")[1]);
					socket.getOutputStream().write(response);
					socket.shutdownOutput();
				}
				catch (IOException ex) {
					// Closed, or the client has enough
				}
			}
		}

		/** One request for each connection. */
		private static String read(InputStream input) throws IOException {
			ByteArrayOutputStream head = new ByteArrayOutputStream();
			while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
				int read = input.read();
				if (read < 0) {
					throw new IOException("No request");
				}
				head.write(read);
			}
			String text = head.toString(StandardCharsets.US_ASCII);
			int length = text.lines()
				.filter((line) -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
				.mapToInt((line) -> Integer.parseInt(line.substring(15).trim()))
				.findFirst()
				.orElse(0);
			input.readNBytes(length);
			return text;
		}

		private byte[] response(String method, String path) {
			String route = route(method, path);
			this.routes.add(route);
			if (route.equals(this.exchange.get("route"))) {
				return recorded();
			}
			boolean deletes = "delete".equals(this.exchange.get("route"));
			boolean interrupts = "interrupt".equals(this.exchange.get("route"));
			String entry = "[[0,\"" + ID + "\",{},{},[]]]";
			return switch (route) {
				case "queue" -> json("{\"queue_running\":" + (interrupts ? entry : "[]") + ",\"queue_pending\":"
						+ (deletes ? entry : "[]") + "}");
				case "stats" -> json("{\"system\":{\"comfyui_version\":\"0.33.0\"},\"devices\":[]}");
				case "job" -> bytes(
						"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n");
				default -> json("{}");
			};
		}

		private static String route(String method, String path) {
			String route = path.split("\\?")[0];
			if (route.startsWith("/api/jobs/")) {
				return "job";
			}
			if (route.startsWith("/history")) {
				return "history";
			}
			return switch (method + " " + route) {
				case "POST /prompt" -> "submit";
				case "GET /queue" -> "queue";
				case "POST /queue" -> "delete";
				case "POST /interrupt" -> "interrupt";
				case "POST /free" -> "free";
				case "GET /system_stats" -> "stats";
				case "GET /view" -> "view";
				case "POST /upload/image" -> "upload";
				default -> "other";
			};
		}

		private byte[] recorded() {
			if (this.exchange.get("broken") != null) {
				return new byte[0];
			}
			if (this.exchange.get("raw") instanceof String raw) {
				return raw.getBytes(StandardCharsets.ISO_8859_1);
			}
			byte[] body = (this.exchange.get("hex") instanceof String hex)
					? Arrays.copyOf(HexFormat.of().parseHex(hex), ((Number) this.exchange.get("length")).intValue())
					: String.valueOf(this.exchange.get("body")).getBytes(StandardCharsets.UTF_8);
			Map<String, Object> headers = new LinkedHashMap<>(JsonValues.object(this.exchange.get("headers")));
			boolean chunked = headers.containsKey("transfer-encoding");
			StringBuilder head = new StringBuilder(
					"HTTP/1.1 " + this.exchange.get("status") + " Recorded\r\nConnection: close\r\n");
			headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
			ByteArrayOutputStream response = new ByteArrayOutputStream();
			if (chunked) {
				response.writeBytes(bytes(head + "\r\n"));
				if (body.length > 0) {
					response.writeBytes(bytes(Integer.toHexString(body.length) + "\r\n"));
					response.writeBytes(body);
					response.writeBytes(bytes("\r\n"));
				}
				response.writeBytes(bytes("0\r\n\r\n"));
			}
			else {
				response.writeBytes(bytes(head + "content-length: " + body.length + "\r\n\r\n"));
				response.writeBytes(body);
			}
			return response.toByteArray();
		}

		private static byte[] json(String json) {
			return bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
					+ json.length() + "\r\n\r\n" + json);
		}

		private static byte[] bytes(String text) {
			return text.getBytes(StandardCharsets.ISO_8859_1);
		}

		void close() throws IOException {
			this.serverSocket.close();
		}

	}

}
