package com.comfydeploy.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the connections of a {@link FakeComfyDeploy}.
 */
class FakeComfyDeployConnectionTests {

	private static final int CALLS = 50;

	private static final Duration LIMIT = Duration.ofMillis(20);

	private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)content-length: *([0-9]+)");

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().start();

	private FakeHttpClient client;

	private String sessionId;

	@BeforeEach
	void createSession() {
		this.client = new FakeHttpClient(this.fake);
		this.sessionId = this.client.post("/session", "{\"machine_id\":\"" + FakeComfyDeploy.MACHINE_ID + "\"}")
			.json()
			.get("session_id")
			.asText();
	}

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void getIsNotDelayed() {
		assertThat(median(() -> this.client.get("/session/" + this.sessionId))).isLessThan(LIMIT);
	}

	@Test
	void postIsNotDelayed() {
		assertThat(
				median(() -> this.client.post("/session/" + this.sessionId + "/increase-timeout", "{\"minutes\":1}")))
			.isLessThan(LIMIT);
	}

	@Test
	void oneConnectionServesManyCallsWithoutAPause() throws IOException {
		try (Socket socket = connect()) {
			assertThat(median(() -> exchange(socket, "GET", "/session/" + this.sessionId, "", 200))).isLessThan(LIMIT);
			assertThat(median(() -> exchange(socket, "POST", "/session/" + this.sessionId + "/increase-timeout",
					"{\"minutes\":1}", 200)))
				.isLessThan(LIMIT);
		}
	}

	@Test
	void connectionSurvivesEveryKindOfResponse() throws IOException {
		try (Socket socket = connect()) {
			exchange(socket, "GET", "/session/nope", "", 404);
			exchange(socket, "POST", "/session", "{bad", 422);
			exchange(socket, "PUT", "/session/nope", "{\"not\":\"read\"}", 405);
			exchange(socket, "GET", "/sessions/", "", 307);
			exchange(socket, "POST", "/session/dynamic", "{}", 500);
			exchange(socket, "GET", "/session/" + this.sessionId, "", 200);
		}
	}

	@Test
	void connectionIsDroppedAfterAnUnhandledFailure() throws IOException {
		try (Socket socket = connect()) {
			exchange(socket, "GET", "/session/" + this.sessionId, "", 200);
			send(socket, "GET", "/sessions?machine_id=nope", "");
			String head = readHead(socket.getInputStream());
			assertThat(head).startsWith("HTTP/1.1 500").doesNotContainIgnoringCase("connection:");
			assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("Internal Server Error");
		}
	}

	@Test
	void connectionIsDroppedWithoutAResponse() throws IOException {
		this.fake.fail(Fault.drop());
		try (Socket socket = connect()) {
			send(socket, "GET", "/session/" + this.sessionId, "");
			assertThat(socket.getInputStream().readAllBytes()).isEmpty();
		}
	}

	@Test
	void connectionIsDroppedInTheMiddleOfABody() throws IOException {
		this.fake.fail(Fault.truncated());
		try (Socket socket = connect()) {
			send(socket, "GET", "/session/" + this.sessionId, "");
			Matcher length = CONTENT_LENGTH.matcher(readHead(socket.getInputStream()));
			assertThat(length.find()).isTrue();
			assertThat(socket.getInputStream().readAllBytes()).hasSize(Integer.parseInt(length.group(1)) / 2);
		}
	}

	private Socket connect() throws IOException {
		URI uri = URI.create(this.fake.getBaseUrl());
		Socket socket = new Socket(uri.getHost(), uri.getPort());
		socket.setSoTimeout(60_000);
		return socket;
	}

	private Response exchange(Socket socket, String method, String path, String body, int status) {
		try {
			send(socket, method, path, body);
			String head = readHead(socket.getInputStream());
			assertThat(head).startsWith("HTTP/1.1 " + status);
			Matcher length = CONTENT_LENGTH.matcher(head);
			assertThat(length.find()).isTrue();
			byte[] content = socket.getInputStream().readNBytes(Integer.parseInt(length.group(1)));
			return new Response(status, null, new String(content, StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private void send(Socket socket, String method, String path, String body) throws IOException {
		socket.getOutputStream()
			.write((method + " /api" + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
					+ this.fake.getBearer() + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
				.getBytes(StandardCharsets.US_ASCII));
	}

	private static String readHead(InputStream input) throws IOException {
		ByteArrayOutputStream head = new ByteArrayOutputStream();
		while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
			int next = input.read();
			assertThat(next).as("the connection is open").isNotNegative();
			head.write(next);
		}
		return head.toString(StandardCharsets.US_ASCII);
	}

	/**
	 * Return the median of fifty calls. A delayed response would be delayed each time, so
	 * on a busy machine the measurement is repeated.
	 */
	private static Duration median(Supplier<Response> call) {
		Duration median = medianOfFifty(call);
		for (int i = 0; i < 4 && median.compareTo(LIMIT) >= 0; i++) {
			median = medianOfFifty(call);
		}
		return median;
	}

	private static Duration medianOfFifty(Supplier<Response> call) {
		List<Duration> durations = new ArrayList<>();
		for (int i = 0; i < CALLS; i++) {
			long start = System.nanoTime();
			Response response = call.get();
			durations.add(Duration.ofNanos(System.nanoTime() - start));
			assertThat(response.status()).isEqualTo(200);
		}
		durations.sort(null);
		return durations.get(CALLS / 2);
	}

}
