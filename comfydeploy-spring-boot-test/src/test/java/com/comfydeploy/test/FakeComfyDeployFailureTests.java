package com.comfydeploy.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the faults inside the server, compared with responses that were recorded while
 * parts of the real server failed. Each scenario sends the recorded requests in their
 * order.
 */
class FakeComfyDeployFailureTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

	private static final Pattern SESSION_ID = Pattern.compile("\"session_id\":\"(" + UUID + ")\"");

	private static final Duration STARTUP = Duration.ofSeconds(90);

	private static final Duration SHUTDOWN = Duration.ofSeconds(10);

	private static final List<Recorded> RECORDED = Recorded.readAll();

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().startup(STARTUP).shutdown(SHUTDOWN).start();

	private final FakeHttpClient client = new FakeHttpClient(this.fake);

	private final Map<String, Runnable> before = new HashMap<>();

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void cancelThatStopsNothingIsASuccess() {
		before("a1-before/get", this::start);
		before("a1-cancel-raises/delete-1", () -> this.fake.fail(Fault.cancelWithoutEffect().times(2)));
		before("a1-increase-v1", () -> assertThat(this.fake.containers()).hasSize(1));
		before("a1-after-delete-3-2s/get", this::shutDown);
		play("a1");
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void cancelThatStopsNothingBeforeTheStartClosesTheRecord() {
		before("a3/delete-1", () -> this.fake.fail(Fault.cancelWithoutEffect()));
		before("a3-container-started-anyway/get", this::start);
		play("a3");
		assertRunsForADay(Duration.ofHours(24));
	}

	@Test
	void cancelOfADynamicSessionThatStopsNothingClosesTheRecord() {
		before("a6-terminate-raises/delete-1", () -> {
			start();
			this.fake.fail(Fault.cancelWithoutEffect());
		});
		play("a6");
		assertRunsForADay(Duration.ofHours(6));
	}

	@Test
	void sessionCreatedWithoutDeadlinesNeverHasOne() {
		before("b1-redis-down-create/create", () -> this.fake.fail(Fault.deadlinesUnavailable().always()));
		before("b1-redis-down/get", this::start);
		before("b1-redis-back/get", this.fake::clearFaults);
		play("b1");
		this.fake.advance(SHUTDOWN);
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void cancelWithoutDeadlinesFailsAndStopsTheContainer() {
		before("b2-redis-down-create-wait", () -> {
			this.fake.fail(Fault.slowStart(Duration.ZERO));
			this.fake.fail(Fault.deadlinesUnavailable().always());
		});
		before("b2-redis-down/delete-3-ended", this::shutDown);
		before("b2-redis-back/delete-4", this.fake::clearFaults);
		play("b2");
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void dynamicCreateWithoutDeadlinesLeavesARecordThatCounts() {
		this.fake.fail(Fault.deadlinesUnavailable().times(5));
		for (int i = 0; i < 5; i++) {
			Response response = this.client.post("/session/dynamic",
					"{\"gpu\":\"A10G\",\"machine_id\":\"" + MACHINE + "\"}");
			assertThat(response.status()).isEqualTo(500);
			assertThat(response.json().get("detail").isTextual()).isTrue();
		}
		assertThat(this.client.get("/sessions").body()).isEqualTo("[]");
		assertThat(this.client.get("/machine/" + MACHINE + "/events").body()).isEqualTo("[]");
		assertThat(this.fake.containers()).isEmpty();
		this.fake.advance(Duration.ofDays(2));
		Response response = this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}");
		assertThat(response.status()).isEqualTo(400);
		assertThat(response.body())
			.startsWith("{\"detail\":\"You have reached the maximum number of concurrent sessions");
	}

	@Test
	void recordWithoutContainerIsClosedByTheCancelThatFails() {
		this.fake.fail(Fault.noContainer());
		this.fake.fail(Fault.deadlineForgotten());
		String id = id(this.client.post("/session/dynamic", "{\"gpu\":\"A10G\",\"machine_id\":\"" + MACHINE + "\"}"));
		this.fake.advance(Duration.ofDays(2));
		play("b3", id);
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void failedWriteOfADeadlineChangesNothing() {
		before("b5-set-raises/increase", () -> {
			start();
			this.fake.fail(Fault.deadlinesUnavailable().on("increase-timeout", "cancel").times(2));
		});
		before("b5-2s-later/get", this::shutDown);
		play("b5");
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void cancelOfADynamicSessionWithoutDeadlinesFailsAndStopsIt() {
		before("b6-delete-raises/delete-1", () -> {
			start();
			this.fake.fail(Fault.deadlinesUnavailable());
		});
		play("b6");
		this.fake.advance(SHUTDOWN);
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void forgottenDeadlineHidesTheSessionAndEndsItAfterADay() {
		before("c1-key-deleted/get", () -> {
			start();
			this.fake.fail(Fault.deadlineForgotten());
		});
		play("c1");
		this.fake.advance(Duration.ofHours(24).minusMillis(1));
		assertThat(this.fake.containers()).hasSize(1);
		this.fake.advance(Duration.ofMillis(1));
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void sessionWhoseDeadlineIsForgottenCanBeCancelled() {
		before("c3-key-deleted/delete", () -> {
			start();
			this.fake.fail(Fault.deadlineForgotten());
			assertThat(increase(this.client.get("/sessions").json().get(0).get("id").asText())).isEqualTo(404);
		});
		before("c3-key-deleted/delete-again", this::shutDown);
		play("c3");
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void containerStartedAfterItsRecordWasClosedKeepsRunning() {
		before("d1-create-slow-spawn", () -> this.fake.fail(Fault.slowContainer(Duration.ofSeconds(14))));
		before("d1-container-started/get", () -> this.fake.advance(Duration.ofSeconds(14).plus(STARTUP)));
		play("d1");
		assertRunsForADay(Duration.ofHours(24));
	}

	@Test
	void slowContainerIsCancelledOnceTheServerKnowsIt() {
		this.fake.fail(Fault.slowContainer(Duration.ofSeconds(14)));
		String id = create();
		this.fake.advance(Duration.ofSeconds(14));
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void failedExpiryForgetsTheDeadlineAndKeepsTheContainer() {
		this.fake.fail(Fault.failedExpiry());
		String id = create();
		this.fake.advance(Duration.ofMinutes(15).minusMillis(1));
		assertThat(this.client.get("/session/" + id).json().get("timeout_end").isNull()).isFalse();
		assertThat(increase(id)).isEqualTo(200);
		this.fake.advance(Duration.ofMinutes(1).plusMillis(1));
		assertThat(this.client.get("/session/" + id).json().get("timeout_end").isNull()).isTrue();
		assertThat(this.client.get("/sessions").body()).isEqualTo("[]");
		assertThat(increase(id)).isEqualTo(404);
		assertThat(this.fake.containers()).hasSize(1);
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
		this.fake.advance(SHUTDOWN);
		assertThat(this.client.get("/session/" + id).status()).isEqualTo(404);
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void sessionsWithoutADeadlineCountTowardsTheLimit() {
		for (int i = 0; i < 5; i++) {
			this.fake.fail(Fault.deadlinesUnavailable().on("create"));
			create();
		}
		assertThat(this.client.get("/sessions?machine_id=" + MACHINE).body()).isEqualTo("[]");
		assertThat(this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}").status()).isEqualTo(400);
	}

	@Test
	void deadlinesCanBeUnavailableForSomeCallsOnly() {
		String id = create();
		this.fake.fail(Fault.deadlinesUnavailable().on("get").times(2));
		this.fake.fail(Fault.deadlinesUnavailable().on("list"));
		assertThat(this.client.get("/session/" + id).json().get("timeout_end").isNull()).isTrue();
		assertThat(this.client.get("/session/" + id).json().get("timeout_end").isNull()).isTrue();
		assertThat(this.client.get("/session/" + id).json().get("timeout_end").isNull()).isFalse();
		assertThat(this.client.get("/sessions").body()).isEqualTo("[]");
		assertThat(this.client.get("/sessions").json()).hasSize(1);
	}

	@Test
	void cancelEndsTheContainerWithTheShutdown() {
		String id = create();
		start();
		this.client.delete("/session/" + id);
		this.fake.advance(SHUTDOWN.minusMillis(1));
		assertThat(this.fake.containers()).singleElement()
			.satisfies((container) -> assertThat(container.sessionId()).isEqualTo(id))
			.satisfies((container) -> assertThat(container.machineId()).isEqualTo(MACHINE))
			.satisfies((container) -> assertThat(container.gpu()).isEqualTo("A10G"));
		this.fake.advance(Duration.ofMillis(1));
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void containerEndsWithTheDeadlineAndTheFailedStart() {
		create();
		this.fake.fail(Fault.failedStart());
		create();
		assertThat(this.fake.containers()).hasSize(2);
		start();
		assertThat(this.fake.containers()).hasSize(1);
		this.fake.advance(Duration.ofMinutes(15).minus(STARTUP));
		assertThat(this.fake.containers()).isEmpty();
	}

	@Test
	void eventDatesWithoutAFractionHaveNoSeconds() {
		Clock wholeSecond = Clock.fixed(Instant.parse("2026-11-25T23:52:21Z"), ZoneOffset.UTC);
		try (FakeComfyDeploy exact = FakeComfyDeploy.builder().clock(wholeSecond).start()) {
			FakeHttpClient client = new FakeHttpClient(exact);
			client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}");
			exact.advance(Duration.ofNanos(1_500_999));
			client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}");
			JsonNode events = client.get("/machine/" + MACHINE + "/events").json();
			assertThat(events.get(0).get("start_time").asText()).isEqualTo("2026-11-25T23:52:21.001Z");
			assertThat(events.get(1).get("start_time").asText()).isEqualTo("2026-11-25T23:52Z");
		}
	}

	@Test
	void eventsAreThoseOfTheMachineThatStartedInTheLastDay() {
		create();
		assertThat(this.client.get("/machine/" + MACHINE + "/events").body()).isEqualTo("[]");
		start();
		assertThat(this.client.get("/machine/" + MACHINE + "/events").json()).hasSize(1);
		assertThat(this.client.get("/machine/" + MACHINE.replace('1', '2') + "/events").body()).isEqualTo("[]");
		this.fake.advance(Duration.ofHours(24).minusMillis(1));
		assertThat(this.client.get("/machine/" + MACHINE + "/events").json()).hasSize(1);
		this.fake.advance(Duration.ofMillis(1));
		assertThat(this.client.get("/machine/" + MACHINE + "/events").body()).isEqualTo("[]");
	}

	private void start() {
		this.fake.advance(STARTUP);
	}

	private void shutDown() {
		this.fake.advance(SHUTDOWN);
	}

	private String create() {
		return id(this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}"));
	}

	private int increase(String id) {
		return this.client.post("/session/" + id + "/increase-timeout", "{\"minutes\":1}").status();
	}

	private static String id(Response created) {
		assertThat(created.status()).as(created.body()).isEqualTo(200);
		return created.json().get("session_id").asText();
	}

	private void assertRunsForADay(Duration limit) {
		Instant start = this.fake.containers().get(0).startsAt();
		assertThat(this.fake.containers()).singleElement()
			.satisfies((container) -> assertThat(container.endsAt()).isEqualTo(start.plus(limit)));
		this.fake.advance(limit);
		assertThat(this.fake.containers()).isEmpty();
	}

	private void before(String step, Runnable action) {
		assertThat(RECORDED).extracting(Recorded::name).contains(step);
		this.before.put(step, action);
	}

	private void play(String scenario) {
		play(scenario, null);
	}

	/**
	 * Send the recorded requests, and compare the responses except for ids, dates and
	 * names.
	 */
	private void play(String scenario, String sessionId) {
		List<Recorded> steps = RECORDED.stream().filter((step) -> step.name().startsWith(scenario)).toList();
		assertThat(steps).isNotEmpty();
		String recordedId = steps.stream()
			.map(Recorded::body)
			.map(SESSION_ID::matcher)
			.filter(Matcher::find)
			.findFirst()
			.orElseThrow()
			.group(1);
		String id = sessionId;
		for (Recorded step : steps) {
			this.before.getOrDefault(step.name(), () -> {
			}).run();
			String request = (id != null) ? step.request().replace(recordedId, id) : step.request();
			Response response = send(request);
			assertThat(response.status()).as(step.name()).isEqualTo(step.status());
			assertThat(normalize(response.body())).as(step.name()).isEqualTo(normalize(step.body()));
			Matcher created = SESSION_ID.matcher(response.body());
			if (id == null && created.find()) {
				id = created.group(1);
			}
		}
	}

	private Response send(String request) {
		String[] parts = request.split(" ", 3);
		return this.client.send(this.client.request(parts[0], parts[1], (parts.length > 2) ? parts[2] : null));
	}

	private static String normalize(String body) {
		return body.replaceAll(UUID, "ID")
			.replaceAll("\"(url|tunnel_url)\":\"[^\"]*\"", "\"$1\":\"URL\"")
			.replaceAll("\"(user_id|org_id)\":(\"[^\"]*\"|null)", "\"$1\":\"OWNER\"")
			.replaceAll("\"(fc|sb)-[0-9a-f]{20}\"", "\"$1\"")
			.replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]*", "DATE");
	}

	/**
	 * Request to the real server, and its response.
	 */
	private record Recorded(String name, String request, int status, String body) {

		static List<Recorded> readAll() {
			ObjectMapper json = new ObjectMapper();
			try (InputStream input = Recorded.class.getResourceAsStream("server-failures.jsonl")) {
				List<Recorded> recorded = new ArrayList<>();
				for (String line : new String(input.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
					JsonNode node = json.readTree(line);
					recorded.add(new Recorded(node.get("name").asText(), node.get("request").asText(),
							node.get("status").asInt(), node.get("body").asText()));
				}
				return recorded;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
