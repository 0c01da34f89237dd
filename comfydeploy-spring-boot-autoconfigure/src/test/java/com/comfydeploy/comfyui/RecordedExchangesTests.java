package com.comfydeploy.comfyui;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;

import com.comfydeploy.client.SocketServer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that the client reads the recorded responses of ComfyUI 0.33.0, 0.3.64 and
 * 0.3.39. Another program, which shares no code with the client, computed the expected
 * results from the recordings. In {@code exchanges.jsonl}, {@code expect} is the result,
 * {@code says} is a list of texts that the message of the exception must contain, and
 * {@code cut} marks a body whose end was not recorded: its open strings, arrays and
 * objects are closed.
 */
class RecordedExchangesTests {

	private static final String ID = "00000000-0000-4000-8000-000000000001";

	private static final Workflow WORKFLOW = Workflow.of("{\"1\": {\"class_type\": \"SaveImage\", \"inputs\": {}}}");

	/** The part of the body that the client reads was not recorded. */
	private static final String CUT = "the recording is cut before what decides";

	private static final String NO_HANDSHAKE = "a WebSocket requested without a handshake";

	/** The response to the handshake was not recorded. */
	private static final String FOREIGN_ORIGIN = "a WebSocket refused for an Origin that the client never sends";

	/** The recorded exchanges that the client does not read, by reason. */
	private static final Map<String, Long> LEFT_OUT = Map.of("a route that the client does not use", 93L,
			"a method that the client does not use on this route", 41L, "a measurement, not an exchange", 25L,
			"a route of the plug-in comfyui-deploy", 17L, CUT, 8L, NO_HANDSHAKE, 4L, FOREIGN_ORIGIN, 1L);

	/** The recorded exchanges that the client reads, by server. */
	private static final Map<String, Long> READ = Map.of("0.33.0", 214L, "0.3.64", 214L,
			"0.33.0 (no --enable-cors-header)", 19L, "0.3.39", 11L, "0.3.64+comfyui-deploy", 4L);

	private RecordedServer server;

	@BeforeEach
	void start() {
		this.server = new RecordedServer();
	}

	@AfterEach
	void stop() throws IOException {
		this.server.close();
	}

	@Test
	void eachRecordedExchangeIsReadOrListed() throws IOException {
		List<Map<String, Object>> recorded = recorded();
		assertThat(recorded).hasSize(651);
		assertThat(count(recorded, "leftOut", "leftOut")).isEqualTo(LEFT_OUT);
		assertThat(count(recorded, "expect", "server")).isEqualTo(READ);
		assertThat(recorded).allSatisfy((exchange) -> {
			assertThat(exchange.containsKey("expect")).isNotEqualTo(exchange.containsKey("leftOut"));
			String[] request = String.valueOf(exchange.get("request")).split(" ", 2);
			String route = (request.length > 1) ? RecordedServer.route(request[0], request[1]) : "other";
			if (exchange.containsKey("expect")) {
				assertThat(exchange.get("route")).isEqualTo(route);
			}
			else if (!route.equals("other")) {
				assertThat(exchange.get("leftOut")).as("%s", exchange).isIn(CUT, NO_HANDSHAKE, FOREIGN_ORIGIN);
			}
		});
	}

	private static Map<String, Long> count(List<Map<String, Object>> recorded, String filter, String group) {
		return recorded.stream()
			.filter((exchange) -> exchange.containsKey(filter))
			.collect(Collectors.groupingBy((exchange) -> String.valueOf(exchange.get(group)), Collectors.counting()));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("exchanges")
	void exchangeIsRead(String name, Map<String, Object> exchange) throws Exception {
		this.server.respondWith(exchange);
		try (ComfyUiClient client = ComfyUisBuilder.create()
			.retry(1, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(1), true)
			.searchTime(Duration.ofSeconds(1))
			.time(new SkippedTime())
			.build()) {
			Outcome outcome = outcome(exchange, client.at("http://localhost:" + this.server.port()));
			assertThat(outcome.result()).as(String.valueOf(outcome.failure())).isEqualTo(exchange.get("expect"));
			ComfyUiException failure = outcome.failure();
			List<Object> says = JsonValues.list(exchange.get("says")).stream().map((text) -> (Object) text).toList();
			if (failure == null) {
				assertThat(says).isEmpty();
				return;
			}
			assertThat(failure.getMessage()).doesNotContain(String.valueOf(this.server.port()))
				.startsWith(failure.getOperation() + " ");
			says.forEach((text) -> assertThat(failure.getMessage()).contains((String) text));
		}
	}

	static Stream<Object[]> exchanges() throws IOException {
		return recorded().stream()
			.filter((exchange) -> !exchange.containsKey("leftOut"))
			.map((exchange) -> new Object[] {
					exchange.get("server") + " " + exchange.get("case") + " " + exchange.get("route"), exchange });
	}

	private static List<Map<String, Object>> recorded() throws IOException {
		try (InputStream input = new ClassPathResource("exchanges.jsonl", RecordedExchangesTests.class)
			.getInputStream()) {
			return new String(input.readAllBytes(), StandardCharsets.UTF_8).lines()
				.map((line) -> JsonValues.object(ComfyUiJson.read(line)))
				.toList();
		}
	}

	private Outcome outcome(Map<String, Object> exchange, ComfyUi comfyUi) throws Exception {
		return switch (String.valueOf(exchange.get("route"))) {
			case "submit" -> call(() -> "queued " + comfyUi.submit(WORKFLOW));
			case "queue" -> queue(exchange, comfyUi);
			case "history" -> history(exchange, comfyUi);
			case "job" -> job(comfyUi, String.valueOf(exchange.get("request")).replaceFirst(".*/", ""));
			// The queue has one that can be deleted, or interrupted
			case "delete", "interrupt" -> call(() -> {
				comfyUi.interrupt(ID);
				return "done";
			});
			case "free" -> call(() -> {
				comfyUi.freeMemory();
				return "done";
			});
			case "stats" -> call(() -> describe(comfyUi.stats()));
			case "view" -> call(() -> {
				byte[] bytes = comfyUi.read(new OutputFile("1", "images", "a.png", "", "output"));
				return "bytes " + bytes.length + " "
						+ HexFormat.of().formatHex(Arrays.copyOf(bytes, Math.min(16, bytes.length)));
			});
			case "upload" ->
				call(() -> "file " + comfyUi.upload("a.png", new ByteArrayResource(new byte[] { 1 })).inputValue());
			case "socket" -> new Outcome(socket(exchange), null);
			default -> throw new IllegalArgumentException(String.valueOf(exchange.get("route")));
		};
	}

	/** Requests that the client sends show what it has read. */
	private Outcome queue(Map<String, Object> exchange, ComfyUi comfyUi) {
		List<String> result = new ArrayList<>();
		for (String id : ids(exchange)) {
			Outcome outcome = call(() -> {
				comfyUi.interrupt(id);
				return "";
			});
			if (outcome.failure() != null) {
				return outcome;
			}
		}
		for (String sent : this.server.sent) {
			result.add(sent.replace("POST /interrupt {\"prompt_id\":\"", "interrupt ")
				.replace("POST /queue {\"delete\":[\"", "delete ")
				.replaceAll("\"]?}$", ""));
		}
		return new Outcome(result, null);
	}

	private static Outcome history(Map<String, Object> exchange, ComfyUi comfyUi) {
		List<String> result = new ArrayList<>();
		ComfyUiException failure = null;
		for (String id : ids(exchange)) {
			Outcome outcome = await(comfyUi, id);
			if (!id.equals(ID) && outcome.failure() == null || outcome.failure() instanceof WorkflowFailedException
					|| outcome.failure() instanceof WorkflowInterruptedException) {
				result.add("prompt " + id);
			}
			result.addAll(outcome.result());
			failure = outcome.failure();
		}
		return new Outcome(result, failure);
	}

	/** Return the ids in the recording, or else an unknown one. */
	private static List<String> ids(Map<String, Object> exchange) {
		List<String> ids = JsonValues.list(exchange.get("expect"))
			.stream()
			.map(String::valueOf)
			.filter((line) -> line.matches("(prompt|interrupt|delete) .*"))
			.map((line) -> line.split(" ", 2)[1])
			.distinct()
			.toList();
		return ids.isEmpty() ? List.of(String.valueOf(exchange.getOrDefault("id", ID))) : ids;
	}

	/** Without the jobs API, the client requests a job only once. */
	private Outcome job(ComfyUi comfyUi, String id) {
		Outcome outcome = await(comfyUi, id);
		if (outcome.result().equals(List.of("lost"))) {
			boolean route = this.server.routes.stream().filter("job"::equals).count() > 1;
			return new Outcome(List.of(route ? "no such job" : "no such route"), outcome.failure());
		}
		return outcome;
	}

	private static Outcome await(ComfyUi comfyUi, String id) {
		return call(() -> describe("succeeded", comfyUi.await(id, Duration.ofMinutes(1))));
	}

	private static Outcome call(Call call) {
		try {
			return new Outcome(List.of(call.make().split("\n(?=(?:file|device) )")), null);
		}
		catch (InvalidWorkflowException ex) {
			List<String> result = new ArrayList<>();
			result.add((ex.getPromptId() != null) ? "partly queued " + ex.getPromptId() : "invalid");
			result.add(ex.getErrorType());
			ex.getNodeErrors()
				.forEach((error) -> result.add("node %s (%s) %s: %s (%s) input=%s outputs=%s".formatted(error.nodeId(),
						error.classType(), error.type(), error.message(), error.details(), error.inputName(),
						String.join(",", error.dependentOutputs()))));
			return new Outcome(result, ex);
		}
		catch (WorkflowFailedException ex) {
			String failed = "failed at %s (%s): %s (%s)".formatted(ex.getNodeId(), ex.getNodeType(),
					ex.getExceptionMessage(), ex.getExceptionType());
			return new Outcome(lines(failed, ex.getPartialResult()), ex);
		}
		catch (WorkflowInterruptedException ex) {
			return new Outcome(lines("interrupted", ex.getPartialResult()), ex);
		}
		catch (WorkflowLostException ex) {
			return new Outcome(List.of("lost"), ex);
		}
		catch (WorkflowTimeoutException ex) {
			if (ex.getCause() instanceof ComfyUiUnavailableException cause) {
				return new Outcome(List.of(describe(cause)), ex);
			}
			return new Outcome(List.of(ex.getMessage().contains("is running") ? "running" : "pending"), ex);
		}
		catch (ComfyUiUnavailableException ex) {
			return new Outcome(List.of(describe(ex)), ex);
		}
	}

	private static String describe(ComfyUiUnavailableException ex) {
		return ((ex.getStatusCode() != null) ? "status " + ex.getStatusCode() : "no response")
				+ (ex.isOutcomeUnknown() ? ", outcome unknown" : "");
	}

	private static String describe(String state, ComfyUiResult result) {
		return String.join("\n", lines(state, result));
	}

	private static List<String> lines(String state, ComfyUiResult result) {
		List<String> lines = new ArrayList<>(List.of(state));
		result.files()
			.forEach((file) -> lines.add("file %s %s %s|%s|%s".formatted(file.nodeId(), file.key(), file.filename(),
					file.subfolder(), file.type())));
		return lines;
	}

	private static String describe(ComfyUiStats stats) {
		String text = "version %s python %s pytorch %s".formatted(stats.version(), stats.pythonVersion(),
				stats.pytorchVersion());
		return text + stats.devices()
			.stream()
			.map((device) -> "\ndevice " + device.name() + " " + device.type())
			.collect(Collectors.joining());
	}

	/** Send all frames, also those that the client must ignore. */
	private List<String> socket(Map<String, Object> exchange) throws Exception {
		ProgressTracker tracker = new ProgressTracker(new Signal(), 3);
		long texts = JsonValues.list(exchange.get("frames"))
			.stream()
			.filter((frame) -> JsonValues.object(frame).containsKey("text"))
			.count();
		CountDownLatch received = new CountDownLatch((int) texts);
		Duration timeout = Duration.ofSeconds(30);
		try (ComfyUiSocket socket = new ComfyUiSockets(timeout, null, null)
			.open(URI.create("ws://localhost:" + this.server.port() + "/ws?clientId=a"), timeout, (text) -> {
				tracker.message(text);
				received.countDown();
			})) {
			assertThat(received.await(timeout.toSeconds(), TimeUnit.SECONDS)).isTrue();
		}
		tracker.follow(ids(exchange).get(0));
		List<String> result = new ArrayList<>();
		for (ComfyUiProgress progress = tracker.poll(); progress != null; progress = tracker.poll()) {
			assertThat(progress.fraction()).isBetween(0.0, 1.0);
			if (result.isEmpty()) {
				result.add("prompt " + progress.promptId());
				if (tracker.hasEnded()) {
					result.add("over");
				}
			}
			String line = progress.nodeId() + " " + number(progress.value()) + "/" + number(progress.max());
			if (!line.startsWith("null") && !line.endsWith(" 0/1") && !result.get(result.size() - 1).equals(line)) {
				result.add(line);
			}
		}
		return result;
	}

	private static String number(double value) {
		return (value == Math.rint(value)) ? String.valueOf((long) value) : String.valueOf(value);
	}

	/**
	 * Result of a call.
	 *
	 * @param result the result, as it stands in {@code expect}
	 * @param failure the exception that was thrown, or {@code null}
	 */
	private record Outcome(List<String> result, @Nullable ComfyUiException failure) {

	}

	private interface Call {

		String make();

	}

	/**
	 * Responds to one route with the recorded bytes, and to the others as an idle ComfyUI
	 * does.
	 */
	private static final class RecordedServer {

		private final SocketServer server = SocketServer.start(this::serve);

		private final List<String> routes = new CopyOnWriteArrayList<>();

		/** Requests that change something. */
		private final List<String> sent = new CopyOnWriteArrayList<>();

		private volatile Map<String, Object> exchange = Map.of();

		int port() {
			return this.server.port();
		}

		void respondWith(Map<String, Object> exchange) throws IOException {
			this.exchange = exchange;
			if ("refused".equals(exchange.get("broken"))) {
				close();
			}
		}

		/** One request for each connection. */
		private void serve(SocketServer.Connection connection) throws Exception {
			String request = connection.readRequest();
			String[] line = request.split(" ", 3);
			String route = route(line[0], line[1]);
			this.routes.add(route);
			if (route.equals("socket")) {
				connection.acceptWebSocket(request);
				connection.write(frames());
				// As long as the client reads
				connection.readToEnd(OutputStream.nullOutputStream());
				return;
			}
			if (line[0].equals("POST")) {
				this.sent.add(line[0] + " " + line[1] + " " + request.split("\r\n\r\n", 2)[1]);
			}
			connection.write(route.equals(this.exchange.get("route")) ? recorded() : idle(route));
			connection.endOutput();
		}

		static String route(String method, String path) {
			String route = path.split("\\?")[0];
			if (route.matches("/api/jobs/[^/]+") && method.equals("GET")) {
				return "job";
			}
			route = route.replaceFirst("^/api/", "/");
			if (route.matches("/history(/.*)?") && method.equals("GET")) {
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
				case "GET /ws" -> "socket";
				default -> "other";
			};
		}

		private byte[] idle(String route) {
			Function<Object, String> queue = (other) -> other.equals(this.exchange.get("route"))
					? "[[0,\"" + ID + "\",{},{},[]]]" : "[]";
			return switch (route) {
				case "queue" -> json("{\"queue_running\":" + queue.apply("interrupt") + ",\"queue_pending\":"
						+ queue.apply("delete") + "}");
				case "stats" -> json("{\"system\":{\"comfyui_version\":\"0.33.0\"},\"devices\":[]}");
				case "job" -> bytes(
						"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: 0\r\n\r\n");
				default -> json("{}");
			};
		}

		private byte[] recorded() {
			if (this.exchange.get("broken") != null) {
				return new byte[0];
			}
			if (this.exchange.get("raw") instanceof String raw) {
				// The recorder closed the connection, without the header that announces
				// it
				return bytes(raw.replaceFirst("(HTTP/1\\.[01] [2-5].*)\r\n", "$1\r\nConnection: close\r\n"));
			}
			byte[] body = (this.exchange.get("hex") instanceof String hex) ? padded(hex, this.exchange.get("length"))
					: String.valueOf(this.exchange.get("body")).getBytes(StandardCharsets.UTF_8);
			Map<String, Object> headers = new LinkedHashMap<>(JsonValues.object(this.exchange.get("headers")));
			StringBuilder head = new StringBuilder(
					"HTTP/1.1 " + this.exchange.get("status") + " Recorded\r\nConnection: close\r\n");
			headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
			ByteArrayOutputStream response = new ByteArrayOutputStream();
			if (headers.containsKey("transfer-encoding")) {
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

		/** The beginning of the bytes was recorded, and their number. */
		private static byte[] padded(String hex, @Nullable Object length) {
			return Arrays.copyOf(HexFormat.of().parseHex(hex), JsonValues.number(length).intValue());
		}

		private byte[] frames() throws IOException {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			for (Object entry : JsonValues.list(this.exchange.get("frames"))) {
				Map<String, Object> frame = JsonValues.object(entry);
				if (frame.get("text") instanceof String text) {
					write(bytes, 0x81, text.getBytes(StandardCharsets.UTF_8));
				}
				else if (frame.get("hex") instanceof String hex) {
					write(bytes, 0x82, padded(hex, frame.get("length")));
				}
			}
			return bytes.toByteArray();
		}

		private static void write(OutputStream output, int opcode, byte[] payload) throws IOException {
			output.write(opcode);
			if (payload.length < 126) {
				output.write(payload.length);
			}
			else {
				output.write(new byte[] { 126, (byte) (payload.length >> 8), (byte) payload.length });
			}
			output.write(payload);
		}

		private static byte[] json(String json) {
			return bytes("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
					+ json.length() + "\r\n\r\n" + json);
		}

		private static byte[] bytes(String text) {
			return text.getBytes(StandardCharsets.ISO_8859_1);
		}

		void close() throws IOException {
			this.server.close();
		}

	}

}
