package com.comfydeploy.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.error.ValidationError;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.matching;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for the request and the responses of each operation.
 */
@ExtendWith(OutputCaptureExtension.class)
abstract class AbstractSessionContractTests {

	private static final String ID = "297ec34b-6fa2-4ab1-b9ba-5e3d3eef9c7d";

	private static final String SESSION = """
			{"id":"%1$s","session_id":"%1$s","gpu_event_id":"2181c474-505b-4185-931f-86c3262d6eca",
			"url":"https://013e3a.r5.modal.host","gpu":"A100-80GB","created_at":"2026-11-23T18:51:51.371385",
			"timeout":15,"timeout_end":"2026-11-23T19:06:51","machine_id":"%2$s",
			"machine_version_id":"None","status":"running","user_id":"user_1","org_id":"None"}""".formatted(ID,
			SessionFixtures.MACHINE_ID);

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private final JsonCodec json;

	private SessionOperations sessions;

	AbstractSessionContractTests(JsonCodec json) {
		this.json = json;
	}

	@BeforeEach
	void createClient() {
		this.sessions = Clients.build(Clients.builder(server.baseUrl() + "/api/").retry(RetrySettings.none()),
				new TestTime(), this.json);
	}

	@AfterEach
	void closeClient() {
		Clients.close(this.sessions);
	}

	@Test
	void getSendsTheIdInThePath() {
		respondWith(okJson(SESSION));
		this.sessions.get(ID);
		server.verify(1,
				getRequestedFor(urlEqualTo("/api/session/" + ID))
					.withHeader("Authorization", equalTo("Bearer " + Clients.TOKEN))
					.withHeader("Accept", equalTo("application/json"))
					.withHeader("User-Agent", matching("comfydeploy-spring-boot/\\d+\\.\\d+\\.\\d+.*"))
					.withHeader("Content-Type", absent())
					.withHeader("Upgrade", absent())
					.withHeader("Cookie", absent()));
		assertThat(request().getBodyAsString()).isEmpty();
	}

	@Test
	void getReadsTheSessionOfToday() {
		respondWith(okJson(SESSION));
		assertThat(this.sessions.get(ID)).isEqualTo(new Session(ID, "2181c474-505b-4185-931f-86c3262d6eca",
				"https://013e3a.r5.modal.host", Gpu.A100_80GB, Instant.parse("2026-11-23T18:51:51.371385Z"),
				Duration.ofMinutes(15), Instant.parse("2026-11-23T19:06:51Z"), SessionFixtures.MACHINE_ID, null,
				"running", "user_1", null));
	}

	@Test
	void findReadsTheSession() {
		respondWith(okJson(SESSION));
		assertThat(this.sessions.find(ID)).contains(this.sessions.get(ID));
		server.verify(2, getRequestedFor(urlEqualTo("/api/session/" + ID)).withHeader("Authorization",
				equalTo("Bearer " + Clients.TOKEN)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "GPUEvent not found",
			"GPUEvent not found session_id: s1, the event might be already closed", "Machine not found" })
	void findIsEmptyWhereTheApiHasNoSuchSession(String detail) {
		respondWith(aResponse().withStatus(404)
			.withHeader("Content-Type", "application/json")
			.withBody("{\"detail\":\"" + detail + "\"}"));
		assertThat(this.sessions.find(ID)).isEmpty();
		server.verify(1, getRequestedFor(urlEqualTo("/api/session/" + ID)));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"detail\":\"Not Found\"}", "<html>404</html>", "", "null", "[]", "{}",
			"{\"detail\":\"\"}", "{\"detail\":{\"GPUEvent\":\"not found\"}}", "{\"error\":\"GPUEvent not found\"}" })
	void findThrowsANotFoundOfAGateway(String body) {
		respondWith(aResponse().withStatus(404).withHeader("Content-Type", "application/json").withBody(body));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.find(ID))
			.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("get"));
	}

	@Test
	void findThrowsAllFailuresButNotFound() {
		respondWith(aResponse().withStatus(410).withBody("{\"detail\":\"GPUEvent not found\"}"));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.find(ID));
		respondWith(okJson("{\"id\":null}"));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.find(ID));
	}

	@Test
	void getReadsTheOlderSessionWithSevenFields() {
		respondWith(okJson("""
				{"session_id":"s1","gpu_event_id":"e1","url":null,"gpu":"T4",
				"created_at":"2025-01-02T03:04:05.5+02:00","timeout":20,"machine_id":"m1"}"""));
		assertThat(this.sessions.get("s1"))
			.isEqualTo(new Session("s1", "e1", null, Gpu.T4, Instant.parse("2025-01-02T01:04:05.5Z"),
					Duration.ofMinutes(20), null, "m1", null, "running", null, null));
	}

	@Test
	void listReadsTheGpuEventOfOld() {
		respondWith(okJson("""
				[{"id":"event-1","session_id":"s1","tunnel_url":"https://t.example","session_timeout":30,
				"user_id":"u1","org_id":null,"machine_id":"m1","gpu":"A10G","gpu_provider":"modal","ws_gpu":null,
				"start_time":"2025-01-01T00:00:00Z","end_time":null,"created_at":"2025-01-01T00:00:00Z",
				"updated_at":"2025-01-01T00:00:00Z","cost":0.25}]"""));
		assertThat(this.sessions.list()).containsExactly(
				new Session("s1", "event-1", "https://t.example", Gpu.A10G, Instant.parse("2025-01-01T00:00:00Z"),
						Duration.ofMinutes(30), null, "m1", null, "running", "u1", null));
	}

	@Test
	void getReadsASessionThatHasOnlyAnId() {
		respondWith(okJson("{\"id\":\"s1\"}"));
		Session session = this.sessions.get("s1");
		assertThat(session)
			.isEqualTo(new Session("s1", null, null, null, null, null, null, null, null, "running", null, null));
		assertThat(session.isReady()).isFalse();
	}

	@Test
	void getReadsUnknownGpusAndIgnoresUnknownFields() {
		respondWith(okJson("{\"id\":\"s1\",\"gpu\":\"X9000\",\"new\":{\"a\":[1,{}]},\"url\":\"https://x.example\"}"));
		Session session = this.sessions.get("s1");
		assertThat(session.gpu()).isEqualTo(Gpu.of("X9000"));
		assertThat(session.isReady()).isTrue();
	}

	@ParameterizedTest
	@CsvSource({ "2026-11-23T18:32:33.236074, 2026-11-23T18:32:33.236074Z", "2026-11-23T18:32:33, 2026-11-23T18:32:33Z",
			"2026-11-23T18:32:33Z, 2026-11-23T18:32:33Z", "2026-11-23T18:32:33.5+00:00, 2026-11-23T18:32:33.5Z",
			"2026-11-23T18:32:33-05:30, 2026-11-24T00:02:33Z", "2026-11-23T18:32:33+0100, 2026-11-23T17:32:33Z",
			"2026-11-23 18:32:33.25, 2026-11-23T18:32:33.25Z", "2026-11-23 18:32:33+00, 2026-11-23T18:32:33Z" })
	void datesAreReadAsUtcOrInTheirZone(String date, Instant expected) {
		respondWith(okJson("{\"id\":\"s1\",\"created_at\":\"" + date + "\"}"));
		assertThat(this.sessions.get("s1").createdAt()).isEqualTo(expected);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "{}", "[]", "{\"id\":null}", "{\"id\":\"None\"}", "{\"id\":\"\"}", "\"s1\"",
			"{\"id\":\"s1\"", "{\"id\":\"s1\"} tail", "<html>busy</html>", "{\"id\":{}}",
			"{\"id\":\"s1\",\"created_at\":\"yesterday\"}", "{\"id\":\"s1\",\"timeout\":\"soon\"}",
			"{\"id\":\"s1\",\"timeout\":999999999999999999}" })
	void getOfSomethingElseIsUnreadable(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(ex.getOperation()).isEqualTo("get");
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex).hasMessageContaining("200").hasMessageNotContaining("soon");
			});
	}

	@Test
	void getOf204IsUnreadable() {
		respondWith(aResponse().withStatus(204));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.get("s1"));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "text/html", "application/octet-stream", ";;;", "application/json; charset=nonsense",
			"text/plain; charset=utf-8" })
	void wrongContentTypeDoesNotMatter(String contentType) {
		ResponseDefinitionBuilder response = aResponse().withBody(SESSION);
		respondWith((contentType != null) ? response.withHeader("Content-Type", contentType) : response);
		assertThat(this.sessions.get(ID).id()).isEqualTo(ID);
	}

	@ParameterizedTest
	@CsvSource({ "a/b, a%2Fb", "a b, a%20b", "a?b#c, a%3Fb%23c", "a%2Fb, a%252Fb", "ü, %C3%BC", "a;b=c, a%3Bb%3Dc",
			"..., ...", "{x}, %7Bx%7D", "a+b, a%2Bb" })
	void idIsOnePathSegment(String id, String segment) {
		respondWith(okJson("{\"id\":\"s1\"}"));
		this.sessions.get(id);
		server.verify(1, getRequestedFor(urlEqualTo("/api/session/" + segment)));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " ", "\t\n", ".", ".." })
	void invalidIdIsNotSent(String id) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.get(id)).withMessageContaining("sessionId");
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.list(id))
			.withMessageContaining("machineId");
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.find(id));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.cancel(id));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.cancel(id, true));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.create(null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.increaseTimeout(null));
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@Test
	void listAsksForAll() {
		respondWith(okJson("[" + SESSION + "]"));
		assertThat(this.sessions.list()).singleElement().extracting(Session::id).isEqualTo(ID);
		server.verify(1, getRequestedFor(urlEqualTo("/api/sessions")));
	}

	@Test
	void listAsksForAMachine() {
		respondWith(okJson("[]"));
		assertThat(this.sessions.list("m 1&x=y")).isEmpty();
		server.verify(1, getRequestedFor(urlEqualTo("/api/sessions?machine_id=m%201%26x%3Dy")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "null", "[null]", "[{}]", "[{\"id\":\"s1\"},{\"gpu\":\"T4\"}]", "" })
	void listOfSomethingElseIsUnreadable(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.list());
	}

	@Test
	void listCannotBeChanged() {
		respondWith(okJson("[" + SESSION + "]"));
		List<Session> list = this.sessions.list();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(list::clear);
	}

	@Test
	void createSendsNothingThatIsUnset() {
		respondWith(okJson("{\"session_id\":\"s1\",\"url\":null}"));
		CreatedSession created = this.sessions.create(CreateSessionRequest.forMachine("m1").build());
		assertThat(created).isEqualTo(new CreatedSession("s1", null));
		server.verify(1,
				postRequestedFor(urlEqualTo("/api/session"))
					.withHeader("Authorization", equalTo("Bearer " + Clients.TOKEN))
					.withHeader("Content-Type", equalTo("application/json"))
					.withRequestBody(equalToJson("{\"machine_id\":\"m1\"}")));
	}

	@Test
	void createSendsAllThatIsSet() {
		respondWith(okJson("{\"session_id\":\"s1\",\"url\":\"https://x.example\"}"));
		CreatedSession created = this.sessions.create(CreateSessionRequest.forMachine("m1")
			.gpu(Gpu.A100_80GB)
			.timeout(Duration.ofHours(1))
			.waitForServer(true)
			.build());
		assertThat(created.url()).isEqualTo("https://x.example");
		server.verify(1, postRequestedFor(urlEqualTo("/api/session")).withRequestBody(
				equalToJson("{\"machine_id\":\"m1\",\"gpu\":\"A100-80GB\",\"timeout\":60,\"wait_for_server\":true}")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "{}", "{\"session_id\":null}", "{\"session_id\":\"None\"}", "[]", "OK" })
	void createWithoutAReadableIdHasAnUnknownOutcome(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class)
			.isThrownBy(() -> this.sessions.create(CreateSessionRequest.forMachine("m1").build()))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		server.verify(1, postRequestedFor(urlEqualTo("/api/session")));
	}

	@Test
	void increaseTimeoutSendsMinutes() {
		respondWith(okJson("{\"message\":\"Timeout increased successfully\"}"));
		this.sessions.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofHours(2), Gpu.H100));
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/increase-timeout"))
			.withHeader("Content-Type", equalTo("application/json"))
			.withRequestBody(
					equalToJson("{\"machine_id\":\"m1\",\"session_id\":\"s1\",\"timeout\":120,\"gpu\":\"H100\"}")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "OK", "{\"message\":5}", "<html/>" })
	void increaseTimeoutTakesAnySuccess(String body) {
		respondWith(okJson(body));
		this.sessions.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(1), Gpu.T4));
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/increase-timeout")));
	}

	@Test
	void increaseTimeoutByIdSendsMinutes() {
		respondWith(okJson("{\"message\":\"Timeout increased successfully\"}"));
		this.sessions.increaseTimeout("s 1", Duration.ofMinutes(7));
		server.verify(1,
				postRequestedFor(urlEqualTo("/api/session/s%201/increase-timeout"))
					.withHeader("Content-Type", equalTo("application/json"))
					.withRequestBody(equalToJson("{\"minutes\":7}")));
	}

	@Test
	void snapshotSendsNothingWithoutAName() {
		respondWith(okJson("{\"message\":\"created\",\"version_id\":\"v1\",\"version\":2,\"image_id\":\"im-1\"}"));
		assertThat(this.sessions.snapshot("s1")).isEqualTo(new SessionSnapshot("created", "v1", 2, "im-1"));
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/s1/snapshot")));
		assertThat(request().getBodyAsString()).isEmpty();
	}

	@Test
	void snapshotSendsItsName() {
		respondWith(okJson("{\"version_id\":\"v1\",\"version\":1}"));
		assertThat(this.sessions.snapshot("s1", "my machine")).isEqualTo(new SessionSnapshot(null, "v1", 1, null));
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/s1/snapshot"))
			.withRequestBody(equalToJson("{\"machine_name\":\"my machine\"}")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{\"version_id\":\"v1\"}", "{\"version\":1}",
			"{\"version_id\":\"v1\",\"version\":\"one\"}", "null", "" })
	void snapshotWithoutVersionIsUnreadable(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.sessions.snapshot("s1"))
			.satisfies((ex) -> {
				assertThat(ex.getOperation()).isEqualTo("snapshot");
				assertThat(ex.isOutcomeUnknown()).isTrue();
			});
	}

	@Test
	void createDynamicSendsTheDefaultGpu() {
		respondWith(okJson("{\"session_id\":\"s1\",\"url\":null}"));
		assertThat(this.sessions.createDynamic(CreateDynamicSessionRequest.builder().build()))
			.isEqualTo(new CreatedSession("s1", null));
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/dynamic"))
			.withRequestBody(equalToJson("{\"gpu\":\"A10G\"}")));
	}

	@Test
	void createDynamicSendsAllThatIsSet() {
		respondWith(okJson("{\"session_id\":\"s1\",\"url\":null}"));
		this.sessions.createDynamic(CreateDynamicSessionRequest.builder()
			.gpu(Gpu.H100)
			.machineId("m1")
			.machineVersionId("mv1")
			.timeout(Duration.ofMinutes(5))
			.comfyUiHash("094306b626e9cf505690c5d8b445032b3b8a36fa")
			.dependencies(List.of("a/b@1", "c/d@2"))
			.baseDockerImage("ubuntu:24.04")
			.pythonVersion("3.11")
			.waitForServer(true)
			.build());
		server.verify(1, postRequestedFor(urlEqualTo("/api/session/dynamic")).withRequestBody(equalToJson("""
				{"gpu":"H100","machine_id":"m1","machine_version_id":"mv1","timeout":5,
				"comfyui_hash":"094306b626e9cf505690c5d8b445032b3b8a36fa","dependencies":["a/b@1","c/d@2"],
				"wait_for_server":true,"base_docker_image":"ubuntu:24.04","python_version":"3.11"}""")));
	}

	@Test
	void invalidArgumentIsNotSent() {
		for (Duration duration : new Duration[] { null, Duration.ZERO, Duration.ofMinutes(-1), Duration.ofSeconds(90),
				Duration.ofNanos(1), Duration.ofMinutes(1L + Integer.MAX_VALUE), Duration.ofSeconds(Long.MAX_VALUE) }) {
			assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.increaseTimeout("s1", duration));
			assertThatIllegalArgumentException()
				.isThrownBy(() -> new IncreaseTimeoutRequest("m1", "s1", duration, Gpu.T4));
			if (duration != null) {
				assertThatIllegalArgumentException()
					.isThrownBy(() -> CreateSessionRequest.forMachine("m1").timeout(duration));
				assertThatIllegalArgumentException()
					.isThrownBy(() -> CreateDynamicSessionRequest.builder().timeout(duration));
			}
		}
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.snapshot("s1", " "));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.snapshot(".."));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.createDynamic(null));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.awaitReady("", Duration.ofMinutes(1)));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.streamLog(""));
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.with(null));
		assertThatIllegalArgumentException().isThrownBy(() -> CreateSessionRequest.forMachine(" "));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new IncreaseTimeoutRequest("m1", "..", Duration.ofMinutes(1), Gpu.T4));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(1), null));
		assertThatIllegalArgumentException().isThrownBy(() -> Gpu.of(" "));
		assertThatIllegalArgumentException().isThrownBy(() -> CreateDynamicSessionRequest.builder().comfyUiHash("abc"));
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@Test
	void largestDurationIsSent() {
		respondWith(okJson("{}"));
		this.sessions.increaseTimeout("s1", Duration.ofMinutes(Integer.MAX_VALUE));
		server.verify(1, postRequestedFor(anyUrl()).withRequestBody(equalToJson("{\"minutes\":2147483647}")));
	}

	@Test
	void cancelDeletes() {
		respondWith(okJson("{\"success\":true}"));
		assertThat(this.sessions.cancel(ID)).isTrue();
		assertThat(this.sessions.cancel(ID, false)).isTrue();
		server.verify(2, deleteRequestedFor(urlEqualTo("/api/session/" + ID)).withHeader("Authorization",
				equalTo("Bearer " + Clients.TOKEN)));
	}

	@Test
	void cancelIsFalseWhereTheSessionHasNoContainer(CapturedOutput output) {
		respondWith(aResponse().withStatus(400).withBody("{\"detail\":\"Modal function id not found\"}"));
		assertThat(this.sessions.cancel(ID)).isFalse();
		assertThat(output).containsOnlyOnce("Session " + ID + " was cancelled before it had a container")
			.contains("WARN", "no call can stop it", "24 hours",
					"MachineOperations.events(machineId) shows it: isRunaway() is true");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"detail\":\"Something else\"}", "Modal function id not found", "" })
	void cancelThrowsAnyOtherBadRequest(String body) {
		respondWith(aResponse().withStatus(400).withBody(body));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.cancel(ID));
	}

	@Test
	void cancelCanWaitForTheShutdown() {
		respondWith(okJson("{\"success\":true}"));
		assertThat(this.sessions.cancel(ID, true)).isTrue();
		server.verify(1, deleteRequestedFor(urlEqualTo("/api/session/" + ID + "?wait_for_shutdown=true")));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "{\"success\":false} | false", "{\"success\":true} | true",
			"{\"success\":null} | true", "{} | true", "null | true", "OK | true", "[] | true", "'' | true" })
	void cancelIsASuccessUnlessTheServerSaysNo(String body, boolean expected) {
		respondWith(okJson(body));
		assertThat(this.sessions.cancel(ID)).isEqualTo(expected);
	}

	@ParameterizedTest
	@CsvSource({ "401, Unauthorized", "403, Forbidden", "404, NotFound", "429, TooManyRequests", "500, ServerError",
			"502, ServerError", "599, ServerError", "400, ComfyDeployApiException", "405, ComfyDeployApiException",
			"307, ComfyDeployApiException", "304, ComfyDeployApiException", "422, HttpValidationException" })
	void statusBecomesAnExceptionOfItsType(int status, String type) {
		respondWith(aResponse().withStatus(status)
			.withHeader("Location", "/elsewhere")
			.withBody("{\"detail\":\"Machine not found\"}"));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(ex.getClass().getSimpleName()).isEqualTo(type);
				assertThat(ex.getStatusCode()).isEqualTo(status);
				assertThat(ex.getOperation()).isEqualTo("get");
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.getCause()).isNull();
				if (status != 304) {
					assertThat(ex.getDetail()).isEqualTo("Machine not found");
					assertThat(ex.getResponseBody()).isEqualTo("{\"detail\":\"Machine not found\"}");
					assertThat(ex).hasMessageContaining("Machine not found");
				}
			});
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void validationErrorsAreRead() {
		respondWith(aResponse().withStatus(422).withBody("""
				{"detail":[{"type":"missing","loc":["body","machine_id"],"msg":"Field required",
				"input":{"secret":"what was sent"}},{"type":"json_invalid","loc":["body",15],
				"msg":"JSON decode error","input":{},"ctx":{"error":"Expecting value"}}]}"""));
		assertThatExceptionOfType(HttpValidationException.class)
			.isThrownBy(() -> this.sessions.create(CreateSessionRequest.forMachine("m1").build()))
			.satisfies((ex) -> {
				assertThat(ex.getErrors()).containsExactly(
						new ValidationError(List.of("body", "machine_id"), "Field required", "missing"),
						new ValidationError(List.of("body", 15), "JSON decode error", "json_invalid"));
				assertThat(ex.getDetail()).isEqualTo("body.machine_id: Field required; body.15: JSON decode error");
				assertThat(ex).hasMessageContaining("machine_id").hasMessageNotContaining("what was sent");
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
	}

	@Test
	void textOfAnUnhandledFailureIsInTheMessage() {
		respondWith(aResponse().withStatus(500)
			.withHeader("Content-Type", "text/plain; charset=utf-8")
			.withBody("Internal Server Error"));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> this.sessions.get("s1"))
			.satisfies((ex) -> {
				assertThat(ex.getDetail()).isNull();
				assertThat(ex).hasMessageContaining("500 Internal Server Error");
			});
	}

	@Test
	void noRedirectIsFollowed() {
		respondWith(aResponse().withStatus(307).withHeader("Location", server.baseUrl() + "/api/session/other"));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(() -> this.sessions.get("s1"));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	private void respondWith(ResponseDefinitionBuilder response) {
		server.stubFor(any(anyUrl()).willReturn(response));
	}

	private LoggedRequest request() {
		return server.findAll(anyRequestedFor(anyUrl())).get(0);
	}

}
