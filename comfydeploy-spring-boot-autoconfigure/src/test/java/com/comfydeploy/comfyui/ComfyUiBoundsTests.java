package com.comfydeploy.comfyui;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link ComfyUi} against malicious, slow and wrong servers.
 */
@Timeout(120)
class ComfyUiBoundsTests {

	private static final OutputFile FILE = new OutputFile("1", "images", "a.png", "", "output");

	private static final Workflow WORKFLOW = Workflow.of("{\"1\":{\"class_type\":\"SaveImage\"}}");

	private static final int MIB = 1024 * 1024;

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final List<String> bodies = new CopyOnWriteArrayList<>();

	private final ObservedTime time = new ObservedTime();

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final CountDownLatch stopped = new CountDownLatch(1);

	private HttpServer server;

	private ComfyUiClient client;

	private ComfyUi comfyUi;

	private String url;

	@BeforeEach
	void start() throws IOException {
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.executor);
		this.server.start();
		this.url = "http://localhost:" + this.server.getAddress().getPort() + "/";
		this.client = client(Duration.ofSeconds(20)).time(this.time).build();
		this.comfyUi = this.client.at(this.url);
	}

	private static ComfyUisBuilder client(Duration readTimeout) {
		return ComfyUisBuilder.create()
			.retry(1, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(1), true)
			.readTimeout(readTimeout);
	}

	@AfterEach
	void stop() {
		this.stopped.countDown();
		this.client.close();
		this.server.stop(0);
		this.executor.shutdownNow();
	}

	@Test
	void redirectIsNotFollowed() {
		respondWith((exchange) -> {
			exchange.getResponseHeaders().set("Location", "/elsewhere");
			exchange.sendResponseHeaders(302, -1);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(302));
		assertThat(this.requests).containsExactly("/system_stats");
	}

	@Test
	void redirectOfAnythingIsNotFollowed() {
		respondWith((exchange) -> {
			exchange.getResponseHeaders().set("Location", "/elsewhere");
			exchange.sendResponseHeaders(307, -1);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofSeconds(3), (progress) -> {
			}))
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(307));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.read(FILE));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::freeMemory);
		assertThat(this.requests).contains("/ws", "/prompt", "/view", "/free").doesNotContain("/elsewhere");
	}

	@Test
	void interruptWhileTheSocketOpensLeavesNone() throws Exception {
		CountDownLatch interrupted = new CountDownLatch(1);
		try (ServerSocket socketServer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Future<Boolean> closed = this.executor.submit(() -> {
				try (Socket socket = socketServer.accept()) {
					BufferedReader reader = new BufferedReader(
							new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
					String key = "";
					for (String line = reader.readLine(); !line.isEmpty(); line = reader.readLine()) {
						key = line.startsWith("Sec-WebSocket-Key: ") ? line.substring(19) : key;
					}
					interrupted.await();
					socket.getOutputStream().write(switchingProtocols(key));
					return reader.read() == -1;
				}
				catch (IOException ex) {
					return true;
				}
			});
			ComfyUiSockets sockets = new ComfyUiSockets(Duration.ofMinutes(1), null, null);
			Thread.currentThread().interrupt();
			assertThatExceptionOfType(InterruptedException.class)
				.isThrownBy(() -> sockets.open(URI.create("ws://localhost:" + socketServer.getLocalPort() + "/ws"),
						Duration.ofMinutes(1), (text) -> {
						}));
			interrupted.countDown();
			assertThat(closed.get(30, TimeUnit.SECONDS)).isTrue();
		}
	}

	@Test
	void jsonIsBounded() {
		respondWith((exchange) -> write(exchange, 80));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.withMessageContaining("it is longer than 67108864 bytes");
	}

	@Test
	void fileInMemoryIsBounded() {
		respondWith((exchange) -> write(exchange, 80));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.read(FILE))
			.withMessageContaining("read it into a local file");
	}

	@Test
	void fileOfUnknownLengthIsBounded(@TempDir Path folder) {
		respondWith((exchange) -> write(exchange, 10));
		Path target = folder.resolve("a.png");
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.read(FILE, target, MIB, (progress) -> {
			}));
		assertThat(folder).isEmptyDirectory();
		this.comfyUi.read(FILE, target);
		assertThat(target).hasSize(10 * MIB);
	}

	@Test
	void responseThatComesDropByDropEndsInTime() throws Exception {
		respondWith((exchange) -> {
			exchange.sendResponseHeaders(200, 0);
			OutputStream output = exchange.getResponseBody();
			while (!this.stopped.await(50, TimeUnit.MILLISECONDS)) {
				output.write(' ');
				output.flush();
			}
		});
		try (ComfyUiClient impatient = client(Duration.ofMillis(300)).build()) {
			ComfyUi slow = impatient.at(this.url);
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(slow::stats)
				.withMessageContaining("300 ms");
		}
	}

	@Test
	void downloadThatStallsEndsBeforeItsTimeout(@TempDir Path folder) {
		respondWith((exchange) -> {
			exchange.sendResponseHeaders(200, 2000);
			exchange.getResponseBody().write(new byte[1000]);
			exchange.getResponseBody().flush();
			this.stopped.await();
		});
		try (ComfyUiClient impatient = client(Duration.ofMillis(300)).build()) {
			ComfyUi stalled = impatient.at(this.url);
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> stalled.read(FILE))
				.withMessageContaining("no data transferred within 300 ms");
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> stalled.read(FILE, folder.resolve("a.png")))
				.withMessageContaining("no data transferred within 300 ms");
		}
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void downloadThatStallsIsRepeated(@TempDir Path folder) {
		respondWith((exchange) -> {
			exchange.sendResponseHeaders(200, 2000);
			exchange.getResponseBody().write(new byte[1000]);
			exchange.getResponseBody().flush();
			if (this.requests.size() == 1) {
				this.stopped.await();
			}
			exchange.getResponseBody().write(new byte[1000]);
		});
		Path target = folder.resolve("a.png");
		try (ComfyUiClient patient = client(Duration.ofSeconds(5))
			.retry(2, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(1), true)
			.build()) {
			patient.at(this.url).read(FILE, target);
		}
		assertThat(target).hasSize(2000);
		assertThat(this.requests).containsExactly("/view", "/view");
	}

	/** The first part is of another content, so the file is read again from its start. */
	@ParameterizedTest
	@ValueSource(ints = { 206, 416, 200 })
	void fileThatChangesDuringADownloadIsReadAgain(int status, @TempDir Path folder) {
		List<String> ranges = new CopyOnWriteArrayList<>();
		respondWith((exchange) -> {
			String range = exchange.getRequestHeaders().getFirst("Range");
			ranges.add(String.valueOf(range));
			boolean first = ranges.size() == 1;
			exchange.getResponseHeaders().set("ETag", first ? "\"1\"" : "\"2\"");
			if (range != null && status != 200) {
				exchange.getResponseHeaders().set("Content-Range", "bytes 1000-1999/2000");
				exchange.sendResponseHeaders(status, (status == 206) ? 1000 : -1);
				exchange.getResponseBody().write(content(2, 1000));
				return;
			}
			exchange.sendResponseHeaders(200, 2000);
			exchange.getResponseBody().write(first ? content(1, 1000) : content(2, 2000));
			exchange.getResponseBody().flush();
		});
		Path target = folder.resolve("a.png");
		try (ComfyUiClient patient = client(Duration.ofSeconds(20))
			.retry(3, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(1), true)
			.build()) {
			patient.at(this.url).read(FILE, target);
		}
		assertThat(target).hasBinaryContent(content(2, 2000));
		assertThat(ranges).startsWith("null", "bytes=1000-").hasSize((status == 200) ? 2 : 3);
	}

	@Test
	void partThatWasNotAskedForIsNoFile(@TempDir Path folder) {
		respondWith((exchange) -> {
			exchange.getResponseHeaders().set("Content-Range", "bytes 0-999/2000");
			exchange.sendResponseHeaders(206, 1000);
			exchange.getResponseBody().write(new byte[1000]);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.read(FILE, folder.resolve("a.png")));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.read(FILE))
			.withMessageContaining("it does not contain the whole file");
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void responseWithoutContentIsNoFile(@TempDir Path folder) {
		respondWith((exchange) -> exchange.sendResponseHeaders(204, -1));
		List<ThrowingCallable> calls = List.of(() -> this.comfyUi.read(FILE),
				() -> this.comfyUi.read(FILE, folder.resolve("a.png")));
		for (ThrowingCallable call : calls) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(call)
				.withMessageContaining("it does not contain the whole file");
		}
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void folderIsNoTarget(@TempDir Path folder) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.comfyUi.read(FILE, folder))
			.withMessage("target must be a file, but is a directory");
		assertThat(folder).isEmptyDirectory();
		assertThat(this.requests).isEmpty();
	}

	@Test
	void targetIsKeptUntilTheFileIsComplete(@TempDir Path folder) throws Exception {
		respondWith((exchange) -> {
			exchange.sendResponseHeaders(200, 2000);
			exchange.getResponseBody().write(content(1, (this.requests.size() == 1) ? 1000 : 2000));
		});
		// The longest name that a file can have
		Path target = Files.write(folder.resolve("a".repeat(255)), content(2, 10));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.read(FILE, target));
		assertThat(target).hasBinaryContent(content(2, 10));
		this.comfyUi.read(FILE, target);
		assertThat(target).hasBinaryContent(content(1, 2000));
		assertThat(folder.toFile().list()).hasSize(1);
	}

	@Test
	void targetThatCannotBeWrittenIsNamed(@TempDir Path folder) {
		respondWith((exchange) -> write(exchange, "{}"));
		Path target = folder.resolve("missing/a.png");
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> this.comfyUi.read(FILE, target))
			.withMessage("Cannot write " + target + ": its folder does not exist");
		assertThat(this.requests).hasSize(1);
	}

	/** Then the incomplete file cannot be deleted either. */
	@Test
	void targetBelowAFileIsNamed(@TempDir Path folder) throws Exception {
		respondWith((exchange) -> write(exchange, "{}"));
		Path target = Files.write(folder.resolve("file"), new byte[1]).resolve("a.png");
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> this.comfyUi.read(FILE, target))
			.withMessageStartingWith("Cannot write " + target + ": ")
			.withMessageNotContaining(".part");
	}

	/** More responses than attempts, and longer than the time for retries. */
	@Test
	void downloadThatMakesProgressContinues(@TempDir Path folder) {
		SkippedTime skipped = new SkippedTime();
		respondWith((exchange) -> {
			int start = (this.requests.size() - 1) * 10;
			skipped.await(new Signal(), Duration.ofMinutes(3));
			exchange.getResponseHeaders().set("ETag", "\"1\"");
			exchange.getResponseHeaders().set("Content-Range", "bytes " + start + "-99/100");
			exchange.sendResponseHeaders((start == 0) ? 200 : 206, 100 - start);
			exchange.getResponseBody().write(content(start, 10));
			exchange.getResponseBody().flush();
		});
		try (ComfyUiClient patient = ComfyUisBuilder.create()
			.retry(2, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(2), true)
			.time(skipped)
			.build()) {
			patient.at(this.url).read(FILE, folder.resolve("a.png"));
		}
		assertThat(this.requests).hasSize(10);
		assertThat(folder.resolve("a.png")).hasSize(100);
	}

	/** A byte of each response does not count as progress. */
	@ParameterizedTest
	@CsvSource({ "2, 1, 2", "1, 500, 1" })
	void downloadWithoutProgressOrRetriesEnds(int maxAttempts, int received, int requests, @TempDir Path folder) {
		respondWith((exchange) -> {
			int start = (this.requests.size() - 1) * received;
			exchange.getResponseHeaders().set("ETag", "\"1\"");
			exchange.getResponseHeaders().set("Content-Range", "bytes " + start + "-999/1000");
			exchange.sendResponseHeaders((start == 0) ? 200 : 206, 1000 - start);
			exchange.getResponseBody().write(content(1, received));
			exchange.getResponseBody().flush();
		});
		try (ComfyUiClient other = ComfyUisBuilder.create()
			.retry(maxAttempts, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(2), true)
			.build()) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> other.at(this.url).read(FILE, folder.resolve("a.png")));
		}
		assertThat(this.requests).hasSize(requests);
		assertThat(folder).isEmptyDirectory();
	}

	/** A gateway removes the range, and each response breaks off at the same byte. */
	@Test
	void downloadThatAlwaysStartsAgainEnds(@TempDir Path folder) {
		respondWith((exchange) -> {
			exchange.getResponseHeaders().set("ETag", "\"1\"");
			exchange.sendResponseHeaders((this.requests.size() < 20) ? 200 : 404, 1000);
			exchange.getResponseBody().write(content(1, 500));
			exchange.getResponseBody().flush();
		});
		try (ComfyUiClient other = client(Duration.ofSeconds(20))
			.retry(2, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(2), true)
			.build()) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> other.at(this.url).read(FILE, folder.resolve("a.png")));
		}
		assertThat(this.requests).hasSize(4);
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void partThatIsTooShortIsContinued(@TempDir Path folder) {
		respondWith((exchange) -> {
			int start = (this.requests.size() - 1) * 1000;
			exchange.getResponseHeaders().set("ETag", "\"1\"");
			exchange.getResponseHeaders().set("Content-Range", "bytes " + start + "-2999/3000");
			exchange.sendResponseHeaders((start == 0) ? 200 : 206, (start == 0) ? 3000 : 1000);
			exchange.getResponseBody().write(content(start, 1000));
			exchange.getResponseBody().flush();
		});
		try (ComfyUiClient patient = client(Duration.ofSeconds(20))
			.retry(3, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(2), true)
			.build()) {
			patient.at(this.url).read(FILE, folder.resolve("a.png"));
		}
		assertThat(folder.resolve("a.png")).hasSize(3000);
		assertThat(this.requests).hasSize(3);
	}

	/** The duration includes the request that fails. */
	@Test
	void timeoutSaysHowLongThereWasNoUsableResponse() {
		SkippedTime skipped = new SkippedTime();
		respondWith((exchange) -> {
			if (this.requests.size() == 1) {
				write(exchange, "{\"id\":\"p1\",\"status\":\"in_progress\"}");
				return;
			}
			skipped.await(new Signal(), Duration.ofSeconds(70));
			exchange.sendResponseHeaders(502, -1);
		});
		try (ComfyUiClient other = client(Duration.ofSeconds(20)).time(skipped).build()) {
			assertThatExceptionOfType(WorkflowTimeoutException.class)
				.isThrownBy(() -> other.at(this.url).await("p1", Duration.ofMinutes(1)))
				.withMessageContaining("there was no usable response for the last 1m10s, the last failure: status 502");
		}
	}

	/** Each part resets the limit, and the parts together take longer. */
	@Test
	void downloadThatContinuesMayTakeLonger(@TempDir Path folder) {
		AtomicReference<Duration> limit = new AtomicReference<>(Duration.ofSeconds(1));
		respondWith((exchange) -> {
			exchange.sendResponseHeaders(200, 0);
			for (int i = 0; i < 15; i++) {
				exchange.getResponseBody().write(i);
				exchange.getResponseBody().flush();
				this.stopped.await(limit.get().toMillis() / 12, TimeUnit.MILLISECONDS);
			}
		});
		Path target = folder.resolve("a.png");
		try {
			read(target, limit.get());
		}
		catch (ComfyUiUnavailableException ex) {
			// This machine is too slow to receive each part in time
			limit.set(Duration.ofSeconds(20));
			read(target, limit.get());
		}
		assertThat(target).hasSize(15);
	}

	private void read(Path target, Duration limit) {
		try (ComfyUiClient patient = client(limit).build()) {
			patient.at(this.url).read(FILE, target);
		}
	}

	@Test
	void uploadThatStallsEndsBeforeItsTimeout() throws Exception {
		try (ServerSocket socketServer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ComfyUiClient impatient = client(Duration.ofMillis(300)).build()) {
			ComfyUi stalled = impatient.at("http://localhost:" + socketServer.getLocalPort());
			// More than the buffers of the two sockets, which nobody reads
			ByteArrayResource content = new ByteArrayResource(new byte[32 * MIB]);
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> stalled.upload("a.png", content))
				.withMessageContaining("no data transferred within 300 ms");
		}
	}

	@Test
	void timeoutOfRunBoundsTheSubmission() {
		respondWith((exchange) -> this.stopped.await());
		long start = System.nanoTime();
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofSeconds(3)))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		// The timeout of a request is 20 seconds
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(2900),
				Duration.ofSeconds(15));
		assertThat(this.requests).containsOnlyOnce("/prompt").doesNotContain("/queue");
	}

	@Test
	void workflowThatIsTooLargeIsNotSearchedFor() {
		respondWith((exchange) -> {
			byte[] body = "Maximum request body size 104857600 exceeded.".getBytes(StandardCharsets.US_ASCII);
			exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
			exchange.sendResponseHeaders(413, body.length);
			exchange.getResponseBody().write(body);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(WORKFLOW, Duration.ofMinutes(1)))
			.withMessage("comfyui-run failed: status 413 (Maximum request body size 104857600 exceeded.)")
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(413);
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex.getPromptId()).isNull();
			});
		assertThat(this.requests).containsOnlyOnce("/prompt").isSubsetOf("/ws", "/prompt");
	}

	@Test
	void jobOfAnotherPromptIsNotTheResult() {
		respondWith((exchange) -> write(exchange, """
				{"id":"%s","status":"completed","outputs":{"1":{"images":[{"filename":"a.png"}]}}}"""
			.formatted((this.requests.size() < 3) ? "other" : "mine")));
		assertThat(this.comfyUi.await("mine", Duration.ofMinutes(1)).files()).hasSize(1);
		assertThat(this.requests).hasSize(3);
	}

	@Test
	void slowValidationHoldsUpTheSearchAndIsFound() throws Exception {
		CountDownLatch validated = new CountDownLatch(1);
		AtomicReference<String> promptId = new AtomicReference<>("");
		respondWith((exchange) -> {
			if (exchange.getRequestURI().getPath().equals("/prompt")) {
				promptId.set(this.bodies.get(0).replaceFirst(".*\"prompt_id\":\"([^\"]+)\".*", "$1"));
				this.stopped.await();
			}
			// ComfyUI validates in its only loop: no response before the end
			validated.await();
			write(exchange, "{\"queue_running\":[],\"queue_pending\":[[1,\"" + promptId + "\",{},{},[\"1\"]]]}");
		});
		try (ComfyUiClient impatient = client(Duration.ofSeconds(2)).build()) {
			Future<String> submitted = this.executor.submit(() -> impatient.at(this.url).submit(WORKFLOW));
			await(() -> this.requests.contains("/queue") || submitted.isDone());
			assertThat(submitted).isNotDone();
			validated.countDown();
			assertThat(submitted.get(1, TimeUnit.MINUTES)).isEqualTo(promptId.get());
		}
		assertThat(this.requests).containsOnlyOnce("/prompt");
	}

	@Test
	void whenClosedDuringASubmissionItIsNotSearchedFor() throws Exception {
		CountDownLatch submitting = new CountDownLatch(1);
		respondWith((exchange) -> {
			submitting.countDown();
			this.stopped.await();
		});
		Future<String> submitted = this.executor.submit(() -> this.comfyUi.submit(WORKFLOW));
		submitting.await();
		this.client.close();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> submitted.get(1, TimeUnit.MINUTES))
			.havingCause()
			.isInstanceOfSatisfying(ComfyUiUnavailableException.class,
					(ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.time.waits).isEmpty();
	}

	@Test
	void pageOfAProxyIsNoComfyUi() {
		respondWith((exchange) -> {
			byte[] page = "<html>Welcome</html>".getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "text/html");
			exchange.sendResponseHeaders(200, page.length);
			exchange.getResponseBody().write(page);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.withMessageContaining("cannot be read")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("Welcome"));
	}

	@Test
	void pageOfAProxyIsNoFile(@TempDir Path folder) {
		respondWith((exchange) -> {
			byte[] page = "<html>Welcome</html>".getBytes(StandardCharsets.UTF_8);
			exchange.getResponseHeaders().set("Content-Type", "Text/HTML; charset=utf-8");
			exchange.sendResponseHeaders(200, page.length);
			exchange.getResponseBody().write(page);
		});
		List<ThrowingCallable> calls = List.of(() -> this.comfyUi.read(FILE),
				() -> this.comfyUi.read(FILE, folder.resolve("a.png")), this.comfyUi::freeMemory);
		for (ThrowingCallable call : calls) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(call)
				.withMessageContaining("it is an HTML page");
		}
		assertThat(folder).isEmptyDirectory();
	}

	@Test
	void statisticsOfAnotherServerAreNotRead() {
		respondWith((exchange) -> write(exchange, "{\"detail\":\"ok\"}"));
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.withMessageContaining("cannot be read: it has no system");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			302 | status 302 (an HTML page, which does not come from ComfyUI). The client does not follow redirects
			401 | status 401 (an HTML page, which does not come from ComfyUI). The URL requires a login
			502 | status 502 (an HTML page, which does not come from ComfyUI). The session may have ended: check it
			""")
	void messageOfAGatewaySaysWhatToDo(int status, String message) {
		respondWith((exchange) -> {
			exchange.getResponseHeaders().set("Content-Type", "text/html");
			exchange.sendResponseHeaders(status, -1);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.withMessageStartingWith("comfyui-stats failed: " + message);
		try (ComfyUiClient other = client(Duration.ofSeconds(20)).searchTime(Duration.ZERO).build()) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> other.at(this.url).submit(WORKFLOW))
				.withMessageContaining(message.substring(message.indexOf(". ")));
		}
	}

	@Test
	void messageWithoutAResponseSaysWhatToDo() {
		this.server.stop(0);
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.submit(WORKFLOW))
			.withMessageEndingWith(". The session may have ended: check it");
	}

	@Test
	void longErrorOfANodeDoesNotHideTheOthers() {
		respondWith((exchange) -> {
			byte[] body = """
					{"error":{"type":"prompt_outputs_failed_validation","message":"Prompt outputs failed validation"},
					 "node_errors":{
					  "1":{"class_type":"A","errors":[{"type":"x","message":"Value not in list","details":"%s"}]},
					  "2":{"class_type":"B","errors":[{"type":"y","message":"Required input is missing"}]}}}"""
				.formatted("name.safetensors, ".repeat(1000))
				.getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(400, body.length);
			exchange.getResponseBody().write(body);
		});
		assertThatExceptionOfType(InvalidWorkflowException.class).isThrownBy(() -> this.comfyUi.submit(WORKFLOW))
			.withMessageContaining("...); node 2 (B): Required input is missing")
			.satisfies((ex) -> assertThat(ex.getNodeErrors().get(0).details()).hasSize(18_000));
	}

	/** A custom node can list the files that it has read. */
	@Test
	void fileIsASavedOneIfThereIsOne() {
		List<String> types = new CopyOnWriteArrayList<>(List.of("input", "temp", "output"));
		respondWith((exchange) -> write(exchange,
				"{\"id\":\"p1\",\"status\":\"completed\",\"outputs\":{\"1\":{\"images\":[" + types.stream()
					.map((type) -> "{\"filename\":\"a.png\",\"type\":\"" + type + "\"}")
					.collect(Collectors.joining(",")) + "]}}}"));
		for (String type : List.of("output", "temp", "input")) {
			ComfyUiResult result = this.comfyUi.await("p1", Duration.ofMinutes(1));
			assertThat(result.file().type()).isEqualTo(type);
			types.remove(type);
		}
	}

	@Test
	void retryAfterCanBeADate() {
		respondWith((exchange) -> {
			exchange.getResponseHeaders()
				.set("Retry-After",
						DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(60)));
			exchange.sendResponseHeaders(503, -1);
		});
		SkippedTime skipped = new SkippedTime();
		try (ComfyUiClient patient = ComfyUisBuilder.create()
			.retry(2, Duration.ZERO, 1, Duration.ZERO, Duration.ofMinutes(5), true)
			.time(skipped)
			.build()) {
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> patient.at(this.url).stats());
		}
		assertThat(skipped.waits).singleElement(InstanceOfAssertFactories.DURATION)
			.isBetween(Duration.ofSeconds(1), Duration.ofSeconds(60));
	}

	@Test
	void invalidNodeWithoutAReasonIsReported() {
		respondWith((exchange) -> write(exchange,
				exchange.getRequestURI().getPath().equals("/prompt")
						? "{\"prompt_id\":\"p1\",\"node_errors\":{\"8\":{\"errors\":[],\"dependent_outputs\":[\"8\"]}}}"
						: "{}"));
		assertThatExceptionOfType(InvalidWorkflowException.class).isThrownBy(() -> this.comfyUi.submit(WORKFLOW))
			.satisfies((ex) -> {
				assertThat(ex.getPromptId()).isEqualTo("p1");
				assertThat(ex.getNodeErrors()).singleElement().satisfies((error) -> {
					assertThat(error.nodeId()).isEqualTo("8");
					assertThat(error.dependentOutputs()).containsExactly("8");
				});
			});
	}

	/** If it took all of the timeout, nothing would be sent any more. */
	@Test
	void socketThatDoesNotOpenLeavesHalfOfTheTimeout() {
		respondWith((exchange) -> {
			if (exchange.getRequestURI().getPath().equals("/ws")) {
				this.stopped.await();
			}
			exchange.sendResponseHeaders(429, -1);
		});
		ComfyUiUnavailableException ex = failureOfRun(Duration.ofSeconds(2));
		if (ex.getStatusCode() == null) {
			// This machine is too slow to send the prompt in the other half
			this.requests.clear();
			ex = failureOfRun(Duration.ofSeconds(40));
		}
		assertThat(ex.getStatusCode()).isEqualTo(429);
		assertThat(this.requests).containsExactly("/ws", "/prompt");
	}

	private ComfyUiUnavailableException failureOfRun(Duration timeout) {
		return catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.run(WORKFLOW, timeout, (progress) -> {
				}));
	}

	@Test
	void pathOfTheUrlIsMaskedInAQuotedBody() {
		respondWith((exchange) -> {
			byte[] body = ("no route " + exchange.getRequestURI().getRawPath()).getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(403, body.length);
			exchange.getResponseBody().write(body);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.client.at(this.url + "t/secret%20key/").stats())
			.withMessageContaining("no route ***/system_stats")
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
	}

	/** A host is often quoted in lower case. */
	@Test
	void urlIsMaskedInUpperAndLowerCase() {
		respondWith((exchange) -> {
			byte[] body = "no route LOCALHOST to localhost at /SECRET/".getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(403, body.length);
			exchange.getResponseBody().write(body);
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.client.at(this.url.replace("localhost", "LocalHost") + "Secret").stats())
			.withMessageContaining("no route *** to *** at ***/");
	}

	private void respondWith(Responder responder) {
		this.server.createContext("/", (exchange) -> {
			this.requests.add(exchange.getRequestURI().getPath());
			this.bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
			try (exchange) {
				responder.respond(exchange);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		});
	}

	private static byte[] content(int value, int length) {
		byte[] content = new byte[length];
		Arrays.fill(content, (byte) value);
		return content;
	}

	/** In chunks, so that nobody knows the length before. */
	private static void write(HttpExchange exchange, int mebibytes) throws IOException {
		exchange.sendResponseHeaders(200, 0);
		byte[] blanks = " ".repeat(MIB).getBytes(StandardCharsets.US_ASCII);
		for (int i = 0; i < mebibytes; i++) {
			exchange.getResponseBody().write(blanks);
		}
	}

	private static void write(HttpExchange exchange, String json) throws IOException {
		byte[] body = json.getBytes(StandardCharsets.UTF_8);
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
	}

	private static byte[] switchingProtocols(String key) throws NoSuchAlgorithmException {
		byte[] digest = MessageDigest.getInstance("SHA-1")
			.digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
		return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				+ "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII);
	}

	private static void await(BooleanSupplier condition) {
		while (!condition.getAsBoolean()) {
			Thread.onSpinWait();
		}
	}

	/** The system's time, with a record of the waits. */
	private static final class ObservedTime implements SignalWaiter {

		private final List<Duration> waits = new CopyOnWriteArrayList<>();

		@Override
		public long nanoTime() {
			return System.nanoTime();
		}

		@Override
		public void await(Signal signal, Duration duration) throws InterruptedException {
			this.waits.add(duration);
			SignalWaiter.SYSTEM.await(signal, duration);
		}

	}

	private interface Responder {

		void respond(HttpExchange exchange) throws IOException, InterruptedException;

	}

}
