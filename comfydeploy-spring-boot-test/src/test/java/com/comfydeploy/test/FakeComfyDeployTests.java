package com.comfydeploy.test;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of a session from its creation to its end in a {@link FakeComfyDeploy}, over
 * plain HTTP. Only {@link FakeComfyDeploy#advance(Duration)} moves its clock.
 */
class FakeComfyDeployTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String OTHER_MACHINE = "00000000-0000-4000-8000-000000000002";

	private static final Instant NOW = Instant.parse("2026-11-23T18:32:33.236074Z");

	private static final Duration TICK = Duration.ofNanos(1000);

	private FakeComfyDeploy fake;

	private FakeHttpClient client;

	@AfterEach
	void closeFake() {
		if (this.fake != null) {
			this.fake.close();
		}
	}

	@Test
	void createReturnsAnIdAndNoUrl() {
		start(builder());
		Response response = this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}");
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.header("content-type")).isEqualTo("application/json");
		assertThat(response.body()).matches("\\{\"session_id\":\"[0-9a-f-]{36}\",\"url\":null}");
		assertThat(UUID.fromString(response.json().get("session_id").asText())).isNotNull();
	}

	@Test
	void createdSessionHasTheThirteenFieldsOfTheServer() {
		start(builder());
		String id = create("\"gpu\":\"A100-80GB\",\"timeout\":30");
		JsonNode session = session(id);
		assertThat(session.fieldNames()).toIterable()
			.containsExactly("id", "session_id", "gpu_event_id", "url", "gpu", "created_at", "timeout", "timeout_end",
					"machine_id", "machine_version_id", "status", "user_id", "org_id");
		assertThat(session.get("id").asText()).isEqualTo(id);
		assertThat(session.get("session_id").asText()).isEqualTo(id);
		assertThat(UUID.fromString(session.get("gpu_event_id").asText())).isNotEqualTo(UUID.fromString(id));
		assertThat(session.get("gpu").asText()).isEqualTo("A100-80GB");
		assertThat(session.get("timeout").isInt()).isTrue();
		assertThat(session.get("timeout").asInt()).isEqualTo(30);
		assertThat(session.get("machine_id").asText()).isEqualTo(MACHINE);
		assertThat(session.get("machine_version_id").isNull()).isTrue();
		assertThat(session.get("status").asText()).isEqualTo("running");
		assertThat(session.get("user_id").asText()).isEqualTo("user_fake");
		assertThat(session.get("org_id").asText()).isEqualTo("None");
	}

	@Test
	void nullsAreTheDefaultsOfTheServer() {
		start(builder());
		JsonNode session = session(create("\"gpu\":null,\"timeout\":null"));
		assertThat(session.get("gpu").asText()).isEqualTo("A10G");
		assertThat(session.get("timeout").asInt()).isEqualTo(15);
		assertThat(minutesLeft(session)).isEqualTo(15);
	}

	@Test
	void timeoutOfZeroIsTheDefault() {
		start(builder());
		JsonNode session = session(create("\"timeout\":0"));
		assertThat(session.get("timeout").asInt()).isEqualTo(15);
		assertThat(minutesLeft(session)).isEqualTo(15);
	}

	@Test
	void negativeTimeoutEndsTheSessionImmediately() {
		start(builder());
		assertThat(this.client.get("/session/" + create("\"timeout\":-5")).status()).isEqualTo(404);
	}

	@Test
	void timeoutIsAnIntegerOrItsText() {
		start(builder());
		for (String twenty : List.of("20", "\"20\"", "\"+20\"")) {
			String id = create("\"timeout\":" + twenty);
			assertThat(session(id).get("timeout").asInt()).as(twenty).isEqualTo(20);
			cancel(id);
		}
	}

	@Test
	void unknownFieldsAreIgnored() {
		start(builder());
		assertThat(session(create("\"no_such_field\":{\"a\":[1,true,null]}")).get("id")).isNotNull();
	}

	@Test
	void bodyWithoutContentTypeIsTakenForJson() {
		start(builder());
		Response response = this.client
			.send(this.client.anonymous("POST", "/session", "{\"machine_id\":\"" + MACHINE + "\"}")
				.header("Authorization", "Bearer " + this.fake.getBearer()));
		assertThat(response.status()).isEqualTo(200);
	}

	@Test
	void urlIsNullUntilTheStartupIsOver() {
		start(builder().startup(Duration.ofSeconds(90)));
		String id = create("");
		assertThat(session(id).get("url").isNull()).isTrue();
		this.fake.advance(Duration.ofSeconds(90).minus(TICK));
		assertThat(session(id).get("url").isNull()).isTrue();
		this.fake.advance(TICK);
		assertThat(session(id).get("url").asText()).startsWith("http://localhost:");
	}

	@Test
	void datesHaveNoZone() {
		start(builder());
		JsonNode session = session(create(""));
		assertThat(session.get("created_at").asText()).isEqualTo("2026-11-23T18:32:33.236074");
		assertThat(session.get("timeout_end").asText()).isEqualTo("2026-11-23T18:47:33.236074");
	}

	@Test
	void datesHaveNoFractionIfItIsZero() {
		start(builder().clock(clock(Instant.parse("2026-11-23T18:32:00Z"))));
		JsonNode session = session(create(""));
		assertThat(session.get("created_at").asText()).isEqualTo("2026-11-23T18:32:00");
		assertThat(session.get("timeout_end").asText()).isEqualTo("2026-11-23T18:47:00");
	}

	@Test
	void fractionsHaveSixDigits() {
		start(builder().clock(clock(Instant.parse("2026-11-23T18:32:33.5Z"))));
		assertThat(session(create("")).get("created_at").asText()).isEqualTo("2026-11-23T18:32:33.500000");
	}

	@Test
	void waitForServerReturnsTheUrlAfterTheStartup() throws Exception {
		start(builder().startup(Duration.ofSeconds(90)));
		CompletableFuture<Response> response = this.client.sendAsync(this.client.request("POST", "/session",
				"{\"machine_id\":\"" + MACHINE + "\",\"wait_for_server\":true}"));
		until(() -> !list("").isEmpty());
		assertThat(response).isNotDone();
		this.fake.advance(Duration.ofSeconds(90));
		JsonNode created = response.get(60, TimeUnit.SECONDS).json();
		assertThat(created.fieldNames()).toIterable().containsExactly("session_id", "url");
		assertThat(created.get("url").asText()).startsWith("http://localhost:")
			.isEqualTo(session(created.get("session_id").asText()).get("url").asText());
	}

	@Test
	void waitForServerFailsWhenTheSessionEndsBefore() throws Exception {
		start(builder().startup(Duration.ofMinutes(9)));
		CompletableFuture<Response> response = this.client.sendAsync(this.client.request("POST", "/session",
				"{\"machine_id\":\"" + MACHINE + "\",\"wait_for_server\":true,\"timeout\":5}"));
		until(() -> !list("").isEmpty());
		this.fake.advance(Duration.ofMinutes(5));
		assertThat(response.get(60, TimeUnit.SECONDS)).satisfies((failed) -> {
			assertThat(failed.status()).isEqualTo(500);
			assertThat(failed.body()).isEqualTo("{\"detail\":\"Session creation failed\"}");
		});
	}

	@Test
	void listHasTheNewestFirst() {
		start(builder());
		List<String> created = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			created.add(0, create(""));
			this.fake.advance(Duration.ofSeconds(1));
		}
		assertThat(list("")).extracting(FakeComfyDeployTests::id).containsExactlyElementsOf(created);
	}

	@Test
	void listHasEachSessionAsGetDoes() {
		start(builder());
		String id = create("");
		assertThat(list("")).containsExactly(session(id));
	}

	@Test
	void listIsEmptyWithoutSessions() {
		start(builder());
		Response response = this.client.get("/sessions");
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("[]");
	}

	@Test
	void listOfAMachineHasOnlyItsSessions() {
		start(builder());
		String one = create("");
		String other = id(this.client.post("/session", "{\"machine_id\":\"" + OTHER_MACHINE + "\"}").json());
		assertThat(list("?machine_id=" + MACHINE)).extracting(FakeComfyDeployTests::id).containsExactly(one);
		assertThat(list("?machine_id=" + OTHER_MACHINE)).extracting(FakeComfyDeployTests::id).containsExactly(other);
		assertThat(list("?machine_id=99999999-9999-4999-8999-999999999999")).isEmpty();
	}

	@Test
	void listOfABlankMachineHasAllSessions() {
		start(builder());
		String id = create("");
		assertThat(list("?machine_id=")).extracting(FakeComfyDeployTests::id).containsExactly(id);
		assertThat(list("?no_such_parameter=1")).extracting(FakeComfyDeployTests::id).containsExactly(id);
	}

	@Test
	void listOfAMachineIdThatIsNotAUuidIsAnUnhandledFailure() {
		start(builder());
		Response response = this.client.get("/sessions?machine_id=nope");
		assertThat(response.status()).isEqualTo(500);
		assertThat(response.header("content-type")).isEqualTo("text/plain; charset=utf-8");
		assertThat(response.body()).isEqualTo("Internal Server Error");
	}

	@Test
	void listDoesNotHaveClosingSessions() {
		start(builder().shutdown(Duration.ofSeconds(10)));
		String closing = create("");
		String running = create("");
		cancel(closing);
		assertThat(list("")).extracting(FakeComfyDeployTests::id).containsExactly(running);
		assertThat(this.client.get("/session/" + closing).status()).isEqualTo(200);
	}

	@Test
	void olderIncreaseAddsToTheTimeoutAndNotToTheDeadline() {
		start(builder());
		String id = create("\"timeout\":10");
		String deadline = session(id).get("timeout_end").asText();
		Response response = increase(id, "5");
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("{\"message\":\"Timeout increased successfully\"}");
		assertThat(session(id).get("timeout").asInt()).isEqualTo(15);
		assertThat(session(id).get("timeout_end").asText()).isEqualTo(deadline);
		this.fake.advance(Duration.ofMinutes(10));
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
	}

	@Test
	void olderIncreaseAcceptsAnyGpuAndUpperCaseIds() {
		start(builder());
		String id = create("\"timeout\":10");
		assertThat(this.client.post("/session/increase-timeout", increaseBody(id.toUpperCase(), "1", "XYZ")).status())
			.isEqualTo(200);
		assertThat(this.client.post("/session/increase-timeout", increaseBody("{" + id + "}", "1", "A10G")).status())
			.isEqualTo(200);
		assertThat(
				this.client.post("/session/increase-timeout", increaseBody(id.replace("-", ""), "1", "A10G")).status())
			.isEqualTo(200);
		assertThat(session(id).get("timeout").asInt()).isEqualTo(13);
	}

	@Test
	void increaseByIdMovesTheDeadlineAndNotTheTimeout() {
		start(builder());
		String id = create("\"timeout\":10");
		Response response = this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":7}");
		assertThat(response.status()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("{\"message\":\"Timeout increased successfully\"}");
		assertThat(session(id).get("timeout").asInt()).isEqualTo(10);
		assertThat(minutesLeft(session(id))).isEqualTo(17);
		this.fake.advance(Duration.ofMinutes(17).minus(TICK));
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(200);
		this.fake.advance(TICK);
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
	}

	@Test
	void zeroAndNegativeMinutesAreAccepted() {
		start(builder());
		String id = create("\"timeout\":10");
		assertThat(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":0}").status()).isEqualTo(200);
		assertThat(minutesLeft(session(id))).isEqualTo(10);
		assertThat(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":-4}").status())
			.isEqualTo(200);
		assertThat(minutesLeft(session(id))).isEqualTo(6);
		assertThat(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":\"2\"}").status())
			.isEqualTo(200);
		assertThat(minutesLeft(session(id))).isEqualTo(8);
		assertThat(increase(id, "0").status()).isEqualTo(200);
		assertThat(increase(id, "-3").status()).isEqualTo(200);
		assertThat(session(id).get("timeout").asInt()).isEqualTo(7);
	}

	@Test
	void minutesThatShortenBelowNowEndTheSession() {
		start(builder());
		String id = create("\"timeout\":10");
		this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":-10}");
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
	}

	@Test
	void sessionIsGoneAfterItsTimeout() {
		start(builder());
		String id = create("\"timeout\":1");
		this.fake.advance(Duration.ofMinutes(1).minus(TICK));
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(200);
		this.fake.advance(TICK);
		assertGone(id);
		assertThat(list("")).isEmpty();
	}

	@Test
	void cancelledSessionHasNoDeadlineUntilItsShutdown() {
		start(builder().shutdown(Duration.ofSeconds(10)));
		String id = create("");
		String url = session(id).get("url").asText();
		Response cancelled = this.client.delete("/session/" + id);
		assertThat(cancelled.status()).isEqualTo(200);
		assertThat(cancelled.body()).isEqualTo("{\"success\":true}");
		this.fake.advance(Duration.ofSeconds(10).minus(TICK));
		JsonNode closing = session(id);
		assertThat(closing.get("timeout_end").isNull()).isTrue();
		assertThat(closing.get("status").asText()).isEqualTo("running");
		assertThat(closing.get("url").asText()).isEqualTo(url);
		this.fake.advance(TICK);
		assertGone(id);
	}

	@Test
	void secondCancelIsAcceptedAndDoesNotDelayTheShutdown() {
		start(builder().shutdown(Duration.ofSeconds(10)));
		String id = create("");
		cancel(id);
		this.fake.advance(Duration.ofSeconds(5));
		assertThat(this.client.delete("/session/" + id).body()).isEqualTo("{\"success\":true}");
		this.fake.advance(Duration.ofSeconds(5));
		assertGone(id);
	}

	@Test
	void closingSessionCannotBeExtendedById() {
		start(builder().shutdown(Duration.ofSeconds(10)));
		String id = create("");
		cancel(id);
		Response response = this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":5}");
		assertThat(response.status()).isEqualTo(404);
		assertThat(response.body()).isEqualTo("{\"detail\":\"Timeout end not found for session\"}");
	}

	@Test
	void waitForShutdownReturnsAfterTheShutdown() throws Exception {
		start(builder().shutdown(Duration.ofSeconds(20)));
		String id = create("");
		CompletableFuture<Response> response = this.client
			.sendAsync(this.client.request("DELETE", "/session/" + id + "?wait_for_shutdown=true", null));
		until(() -> session(id).get("timeout_end").isNull());
		assertThat(response).isNotDone();
		this.fake.advance(Duration.ofSeconds(20));
		assertThat(response.get(60, TimeUnit.SECONDS).body()).isEqualTo("{\"success\":true}");
		assertGone(id);
	}

	@Test
	void waitForShutdownReturnsWithinThirtySeconds() throws Exception {
		start(builder().shutdown(Duration.ofDays(1000)));
		String id = create("");
		CompletableFuture<Response> response = this.client
			.sendAsync(this.client.request("DELETE", "/session/" + id + "?wait_for_shutdown=True", null));
		until(() -> session(id).get("timeout_end").isNull());
		until(() -> {
			this.fake.advance(Duration.ofSeconds(30));
			return response.isDone();
		});
		assertThat(response.get().status()).isEqualTo(200);
		assertThat(response.get().body()).isEqualTo("{\"success\":true}");
		assertThat(session(id).get("timeout_end").isNull()).isTrue();
	}

	@Test
	void cancelBeforeTheContainerIsRefusedAndClosesTheSession() {
		start(builder().spawn(Duration.ofSeconds(10)).shutdown(Duration.ofSeconds(10)));
		String id = create("");
		Response response = this.client.delete("/session/" + id);
		assertThat(response.status()).isEqualTo(400);
		assertThat(response.body()).isEqualTo("{\"detail\":\"Modal function id not found\"}");
		assertGone(id);
	}

	@Test
	void cancelAfterTheContainerIsAccepted() {
		start(builder().spawn(Duration.ofSeconds(10)));
		String id = create("");
		this.fake.advance(Duration.ofSeconds(10));
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
	}

	@Test
	void resetRemovesTheSessions() {
		start(builder());
		String id = create("");
		this.fake.reset();
		assertGone(id);
		assertThat(list("")).isEmpty();
	}

	@Test
	void timeCannotGoBack() {
		start(builder());
		assertThatIllegalArgumentException().isThrownBy(() -> this.fake.advance(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> FakeComfyDeploy.builder().startup(Duration.ofSeconds(-1)));
	}

	@Test
	void timePassesByItself() {
		start(FakeComfyDeploy.builder());
		Instant before = Instant.now().minusSeconds(1);
		String id = create("");
		Instant created = Instant.parse(session(id).get("created_at").asText() + "Z");
		assertThat(created).isBetween(before, Instant.now().plusSeconds(1));
	}

	@Test
	void defaultsNeedNoConfiguration() {
		this.fake = FakeComfyDeploy.start();
		this.client = new FakeHttpClient(this.fake);
		assertThat(this.fake.getBearer()).isEqualTo("fake-token");
		assertThat(this.fake.getBaseUrl()).matches("http://localhost:[0-9]+/api");
		assertThat(session(create("")).get("url").isNull()).isFalse();
	}

	@Test
	void closedFakeFreesItsPort() {
		start(builder());
		int port = Integer.parseInt(this.fake.getBaseUrl().replaceAll("\\D", ""));
		this.fake.close();
		start(builder().port(port));
		assertThat(this.fake.getBaseUrl()).isEqualTo("http://localhost:" + port + "/api");
		assertThat(list("")).isEmpty();
	}

	private void assertGone(String id) {
		assertThat(this.client.get("/session/" + id)).satisfies((response) -> {
			assertThat(response.status()).isEqualTo(404);
			assertThat(response.body()).isEqualTo("{\"detail\":\"GPUEvent not found\"}");
		});
		assertThat(this.client.delete("/session/" + id)).satisfies((response) -> {
			assertThat(response.status()).isEqualTo(404);
			assertThat(response.body()).isEqualTo(
					"{\"detail\":\"GPUEvent not found session_id: " + id + ", the event might be already closed\"}");
		});
		assertThat(this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":5}"))
			.satisfies((response) -> {
				assertThat(response.status()).isEqualTo(404);
				assertThat(response.body()).isEqualTo("{\"detail\":\"GPU event not found\"}");
			});
		assertThat(increase(id, "5")).satisfies((response) -> {
			assertThat(response.status()).isEqualTo(404);
			assertThat(response.body()).isEqualTo("{\"detail\":\"GPU event not found\"}");
		});
	}

	private static FakeComfyDeploy.Builder builder() {
		return FakeComfyDeploy.builder().clock(clock(NOW));
	}

	private static Clock clock(Instant instant) {
		return Clock.fixed(instant, ZoneOffset.UTC);
	}

	private void start(FakeComfyDeploy.Builder builder) {
		this.fake = builder.start();
		this.client = new FakeHttpClient(this.fake);
	}

	private String create(String fields) {
		Response response = this.client.post("/session",
				"{\"machine_id\":\"" + MACHINE + "\"" + (fields.isEmpty() ? "" : ",") + fields + "}");
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		return id(response.json());
	}

	private JsonNode session(String id) {
		Response response = this.client.get("/session/" + id);
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		return response.json();
	}

	private List<JsonNode> list(String query) {
		Response response = this.client.get("/sessions" + query);
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		List<JsonNode> list = new ArrayList<>();
		response.json().forEach(list::add);
		return list;
	}

	private Response increase(String id, String minutes) {
		return this.client.post("/session/increase-timeout", increaseBody(id, minutes, "A10G"));
	}

	private static String increaseBody(String id, String minutes, String gpu) {
		return "{\"machine_id\":\"" + MACHINE + "\",\"session_id\":\"" + id + "\",\"timeout\":" + minutes
				+ ",\"gpu\":\"" + gpu + "\"}";
	}

	private void cancel(String id) {
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
	}

	private static String id(JsonNode session) {
		return session.get("session_id").asText();
	}

	private static long minutesLeft(JsonNode session) {
		return Duration.between(NOW, Instant.parse(session.get("timeout_end").asText() + "Z")).toMinutes();
	}

	/**
	 * Wait for a condition. Each iteration calls the fake, so it repeats at the pace of
	 * HTTP.
	 */
	private void until(BooleanSupplier condition) {
		Instant end = Instant.now().plusSeconds(60);
		while (!condition.getAsBoolean()) {
			assertThat(Instant.now()).isBefore(end);
			list("");
		}
	}

}
