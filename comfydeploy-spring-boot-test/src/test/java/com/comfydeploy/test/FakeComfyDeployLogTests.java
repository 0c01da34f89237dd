package com.comfydeploy.test;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the logs that a {@link FakeComfyDeploy} streams, over plain HTTP.
 */
class FakeComfyDeployLogTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Instant NOW = Instant.parse("2026-11-23T18:52:52.878999Z");

	private static final Duration SPAWN = Duration.ofSeconds(1);

	private static final Duration STARTUP = Duration.ofMillis(61_122);

	private static final String CREATING = "data: {\"message\": \"Creating session...\", \"level\": \"info\", "
			+ "\"timestamp\": \"2026-11-23T18:52:52.878Z\"}";

	private static final String WARMING_UP = "data: {\"message\": \"Warming up ComfyUI...\", \"level\": \"info\", "
			+ "\"timestamp\": \"2026-11-23T18:52:53.878Z\"}";

	private static final String READY = "data: {\"message\": \"Ready\", \"level\": \"info\", "
			+ "\"timestamp\": \"2026-11-23T18:53:54.000Z\"}";

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder()
		.clock(Clock.fixed(NOW, ZoneOffset.UTC))
		.spawn(SPAWN)
		.startup(STARTUP)
		.start();

	private final FakeHttpClient client = new FakeHttpClient(this.fake);

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void logIsAStreamOfEventsWithoutALength() throws IOException {
		try (Log log = open("?session_id=" + create())) {
			assertThat(log.response().statusCode()).isEqualTo(200);
			assertThat(log.response().headers().allValues("content-type"))
				.containsExactly("text/event-stream; charset=utf-8");
			assertThat(log.response().headers().allValues("transfer-encoding")).containsExactly("chunked");
			assertThat(log.response().headers().firstValue("content-length")).isEmpty();
		}
	}

	@Test
	void entriesArriveAsTheSessionStarts() throws IOException {
		try (Log log = open("?session_id=" + create())) {
			assertThat(log.next()).isEqualTo(CREATING);
			this.fake.advance(SPAWN);
			assertThat(log.next()).isEqualTo(WARMING_UP);
			this.fake.advance(STARTUP.minus(SPAWN));
			assertThat(log.next()).isEqualTo(READY);
		}
	}

	@Test
	void logStaysOpenUntilTheFakeIsClosed() throws Exception {
		String id = create();
		this.fake.advance(STARTUP);
		try (Log log = open("?session_id=" + id)) {
			assertThat(log.next()).isEqualTo(CREATING);
			assertThat(log.next()).isEqualTo(WARMING_UP);
			assertThat(log.next()).isEqualTo(READY);
			CompletableFuture<String> end = log.nextAsync();
			this.fake.advance(Duration.ofDays(1));
			assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
			assertThat(end).isNotDone();
			this.fake.close();
			assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo("broken off");
		}
	}

	@Test
	void resetClosesTheConnectionOfALog() throws Exception {
		try (Log log = open("?session_id=" + create())) {
			assertThat(log.next()).isEqualTo(CREATING);
			this.fake.reset();
			assertThat(log.nextAsync().get(60, TimeUnit.SECONDS)).isEqualTo("broken off");
		}
	}

	@Test
	void logIsReplayedFromTheStartForEveryReader() throws IOException {
		String id = create();
		this.fake.advance(SPAWN);
		try (Log one = open("?session_id=" + id); Log other = open("?session_id=" + id + "&log_level=info")) {
			assertThat(one.next()).isEqualTo(CREATING);
			assertThat(one.next()).isEqualTo(WARMING_UP);
			assertThat(other.next()).isEqualTo(CREATING);
			assertThat(other.next()).isEqualTo(WARMING_UP);
		}
	}

	@Test
	void logOfAClosedSessionIsReplayedWithoutReady() throws Exception {
		String id = create();
		this.fake.advance(SPAWN);
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
		this.fake.advance(STARTUP);
		assertNeverReady(id);
	}

	@Test
	void sessionThatFailsToStartIsNeverReady() throws Exception {
		this.fake.fail(Fault.failedStart());
		String id = create();
		this.fake.advance(STARTUP);
		assertNeverReady(id);
	}

	private void assertNeverReady(String id) throws Exception {
		try (Log log = open("?session_id=" + id)) {
			assertThat(log.next()).isEqualTo(CREATING);
			assertThat(log.next()).isEqualTo(WARMING_UP);
			CompletableFuture<String> end = log.nextAsync();
			this.fake.close();
			assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo("broken off");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "&log_level=error", "" })
	void logMayHaveNoEntries(String level) throws Exception {
		String id = create();
		this.fake.advance(STARTUP);
		try (Log log = open(level.isEmpty() ? "" : "?session_id=" + id + level)) {
			assertThat(log.response().statusCode()).isEqualTo(200);
			CompletableFuture<String> end = log.nextAsync();
			this.fake.close();
			assertThat(end.get(60, TimeUnit.SECONDS)).isEqualTo("broken off");
		}
	}

	@Test
	void clientThatLeavesHasNoEffect() throws IOException {
		String id = create();
		open("?session_id=" + id).close();
		this.fake.advance(SPAWN);
		try (Log log = open("?session_id=" + id)) {
			assertThat(log.next()).isEqualTo(CREATING);
			assertThat(log.next()).isEqualTo(WARMING_UP);
		}
	}

	@Test
	void logOfAnUnknownSessionIsNotFound() {
		Response response = this.client.get("/v2/stream-logs?session_id=99999999-9999-4999-8999-999999999999");
		assertThat(response.status()).isEqualTo(404);
		assertThat(response.header("content-type")).isEqualTo("application/json");
		assertThat(response.body()).isEqualTo("{\"detail\":\"Session not found\"}");
	}

	@Test
	void logNeedsTheToken() {
		Response response = this.client
			.send(this.client.anonymous("GET", "/v2/stream-logs?session_id=" + create(), null));
		assertThat(response.status()).isEqualTo(401);
		assertThat(response.body()).isEqualTo("{\"detail\":\"Invalid or missing token\"}");
	}

	private String create() {
		Response response = this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}");
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		return response.json().get("session_id").asText();
	}

	private Log open(String query) throws IOException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.fake.getBaseUrl() + "/v2/stream-logs" + query))
			.header("Authorization", "Bearer " + this.fake.getBearer())
			.timeout(Duration.ofSeconds(60))
			.build();
		try {
			return new Log(HttpClient.newBuilder()
				.version(HttpClient.Version.HTTP_1_1)
				.build()
				.send(request, BodyHandlers.ofInputStream()));
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Log that is being streamed.
	 */
	private static final class Log implements AutoCloseable {

		private final HttpResponse<InputStream> response;

		private final BufferedReader reader;

		Log(HttpResponse<InputStream> response) {
			this.response = response;
			this.reader = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
		}

		HttpResponse<InputStream> response() {
			return this.response;
		}

		/** Return the line of an event, which an empty line follows. */
		String next() {
			return readAsync(() -> {
				String event = this.reader.readLine();
				assertThat(this.reader.readLine()).isEmpty();
				return event;
			}).orTimeout(60, TimeUnit.SECONDS).join();
		}

		/** Return the next line, or the end of the log. */
		CompletableFuture<String> nextAsync() {
			return readAsync(() -> {
				try {
					return this.reader.readLine();
				}
				catch (IOException ex) {
					return "broken off";
				}
			});
		}

		/** Read on another thread: an interrupt does not wake a blocked reader. */
		private static CompletableFuture<String> readAsync(Callable<String> read) {
			CompletableFuture<String> result = new CompletableFuture<>();
			Thread thread = new Thread(() -> {
				try {
					result.complete(read.call());
				}
				catch (Throwable ex) {
					result.completeExceptionally(ex);
				}
			});
			thread.setDaemon(true);
			thread.start();
			return result;
		}

		@Override
		public void close() throws IOException {
			this.response.body().close();
		}

	}

}
