package com.comfydeploy.client;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.RetrySettings;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the request and the response of each operation on machines.
 */
abstract class AbstractMachineContractTests {

	private static final String ID = "00000000-0000-4000-8000-000000000101";

	private static final String MACHINE = """
			{"id":"%s","user_id":"user_1","name":"sdxl prod","created_at":"2026-10-01T10:00:00",
			"updated_at":"2026-11-23T12:30:45.123456","type":"comfy-deploy-serverless","org_id":"None","status":"ready",
			"gpu":"A100-80GB","machine_version":"3","machine_builder_version":"4","comfyui_version":"158419f",
			"import_failed_logs":null,"machine_version_id":"v1","is_workspace":false,"models_to_cache":["a"]}"""
		.formatted(ID);

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private final JsonCodec json;

	private SessionClient client;

	private MachineOperations machines;

	AbstractMachineContractTests(JsonCodec json) {
		this.json = json;
	}

	@BeforeEach
	void createClient() {
		this.client = Clients.build(
				Clients.builder(server.baseUrl() + "/api").retry(RetrySettings.builder().maxAttempts(3).build()),
				new TestTime(), this.json);
		this.machines = this.client.machines();
	}

	@AfterEach
	void closeClient() {
		this.client.close();
	}

	@Test
	void listNeverAsksForDeletedMachines() {
		respondWith(okJson("[" + MACHINE + "]"));
		assertThat(this.machines.list()).hasSize(1);
		server.verify(1,
				getRequestedFor(urlEqualTo("/api/machines?is_deleted=false&limit=100&offset=0"))
					.withHeader("Authorization", equalTo("Bearer " + Clients.TOKEN))
					.withHeader("Accept", equalTo("application/json")));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void machineIsReadWithAllItsFields() {
		respondWith(okJson(MACHINE));
		assertThat(this.machines.get(ID)).isEqualTo(new Machine(ID, "sdxl prod", "comfy-deploy-serverless",
				Gpu.A100_80GB, "ready", "3", "v1", "4", "158419f", null, false, Instant.parse("2026-10-01T10:00:00Z"),
				Instant.parse("2026-11-23T12:30:45.123456Z"), "user_1", null));
		server.verify(1, getRequestedFor(urlEqualTo("/api/machine/" + ID)));
	}

	@Test
	void unknownTypesStatusesAndGpusSurvive() {
		respondWith(okJson("""
				{"id":"m1","name":"None","type":"quantum","status":"melting","gpu":"Z9000","is_workspace":null}"""));
		Machine machine = this.machines.get("m1");
		assertThat(machine).isEqualTo(new Machine("m1", "None", "quantum", Gpu.of("Z9000"), "melting", null, null, null,
				null, null, false, null, null, null, null));
		assertThat(machine.sessionObstacle()).isPresent();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "{}", "<html>", "{\"id\":\"m1\"}",
			"{\"id\":\"m1\",\"name\":\"n\",\"type\":\"t\"}",
			"{\"id\":\"m1\",\"name\":\"n\",\"type\":\"t\",\"status\":\"s\",\"created_at\":\"yesterday\"}" })
	void machineThatCannotBeReadIsUnreadable(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.machines.get(ID))
			.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("machine-get"));
	}

	@Test
	void listReadsPagesUntilOneIsNotFull() {
		page(0, machines(0, 100));
		page(100, machines(100, 200));
		page(200, machines(200, 207));
		assertThat(this.machines.list()).extracting(Machine::id)
			.containsExactlyElementsOf(IntStream.range(0, 207).mapToObj((i) -> "m" + i).toList());
		server.verify(3, anyRequestedFor(anyUrl()));
	}

	@Test
	void listEndsWithAnEmptyPageAfterAFullOne() {
		page(0, machines(0, 100));
		page(100, "[]");
		assertThat(this.machines.list()).hasSize(100);
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void listThatChangesMeanwhileHasNoMachineTwice() {
		page(0, machines(0, 100));
		page(100, machines(97, 197));
		page(200, machines(196, 200));
		assertThat(this.machines.list()).extracting(Machine::id)
			.containsExactlyElementsOf(IntStream.range(0, 200).mapToObj((i) -> "m" + i).toList());
	}

	@Test
	void serverThatKnowsNoOffsetIsNotAskedForEver() {
		respondWith(okJson(machines(0, 100)));
		assertThat(this.machines.list()).hasSize(100);
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void eachPageIsRetriedByItself() {
		page(0, machines(0, 100));
		respondInTurn("/api/machines?is_deleted=false&limit=100&offset=100", aResponse().withStatus(503),
				okJson(machines(100, 101)));
		assertThat(this.machines.list()).hasSize(101);
		server.verify(3, anyRequestedFor(anyUrl()));
	}

	@Test
	void findByNameIsExact() {
		server.stubFor(get(urlEqualTo("/api/machines?is_deleted=false&limit=100&offset=0&search=sdxl%20prod"))
			.willReturn(okJson("[" + machine("m1", "SDXL prod") + "," + machine("m2", "sdxl prod 2") + ","
					+ machine("m3", "sdxl prod") + "]")));
		assertThat(this.machines.findByName("sdxl prod")).map(Machine::id).contains("m3");
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void findByNameIsEmptyWhereOnlyAPartOrTheCaseFits() {
		respondWith(okJson("[" + machine("m1", "SDXL") + "," + machine("m2", "sdxl prod") + "]"));
		assertThat(this.machines.findByName("sdxl")).isEmpty();
	}

	@Test
	void findByNameOfSeveralNamesTheirIds() {
		respondWith(okJson("[" + machine("m1", "sdxl") + "," + machine("m2", "sdxl") + "]"));
		assertThatIllegalStateException().isThrownBy(() -> this.machines.findByName("sdxl"))
			.withMessageContainingAll("'sdxl'", "m1", "m2");
	}

	@ParameterizedTest
	@CsvSource({ "100%_a&b=c,100%25_a%26b%3Dc", "größe +1,gr%C3%B6%C3%9Fe%20%2B1" })
	void nameIsOneQueryValue(String name, String encoded) {
		respondWith(okJson("[" + machine("m1", name) + "]"));
		assertThat(this.machines.findByName(name)).map(Machine::id).contains("m1");
		server.verify(1,
				getRequestedFor(urlEqualTo("/api/machines?is_deleted=false&limit=100&offset=0&search=" + encoded)));
	}

	@Test
	void nameWithTheEscapeOfTheSearchIsNotSearchedFor() {
		respondWith(okJson("[{\"id\":\"m1\",\"name\":\"a\\\\b\",\"type\":\"classic\",\"status\":\"ready\"}]"));
		assertThat(this.machines.findByName("a\\b")).map(Machine::id).contains("m1");
		server.verify(1, getRequestedFor(urlEqualTo("/api/machines?is_deleted=false&limit=100&offset=0")));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " ", ".", ".." })
	void invalidIdIsNotSent(String id) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.machines.get(id));
		assertThatIllegalArgumentException().isThrownBy(() -> this.machines.events(id));
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@ParameterizedTest
	@NullSource
	@ValueSource(strings = { "", " \t" })
	void blankNameIsRejectedBeforeAnythingIsSent(String name) {
		assertThatIllegalArgumentException().isThrownBy(() -> this.machines.findByName(name));
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	@Test
	void idIsOnePathSegment() {
		respondWith(okJson(MACHINE));
		this.machines.get("a/b?c");
		server.verify(1, getRequestedFor(urlEqualTo("/api/machine/a%2Fb%3Fc")));
		respondWith(okJson("[]"));
		assertThat(this.machines.events("a/b")).isEmpty();
		server.verify(1, getRequestedFor(urlEqualTo("/api/machine/a%2Fb/events")));
	}

	@Test
	void eventIsReadWithAllItsFields() {
		respondWith(okJson("""
				[{"cost_item_title":null,"org_id":"org_1","cost":1.25,"id":"e1","end_time":"2026-11-25T23:59:01.032Z",
				"session_timeout":15,"start_time":"2026-11-25T23:52Z","gpu":"A10G","session_id":"s1","user_id":"user_1",
				"ws_gpu":null,"modal_function_id":"fc-1","machine_id":"m1","gpu_provider":"modal",
				"tunnel_url":"https://a.modal.host","created_at":"2026-11-25T23:59:01.009Z","machine_version_id":"v1",
				"updated_at":"2026-11-25T23:59:01.030Z","environment":null}]"""));
		assertThat(this.machines.events("m1")).containsExactly(new GpuEvent("e1", "s1", Gpu.A10G,
				Instant.parse("2026-11-25T23:52:00Z"), Instant.parse("2026-11-25T23:59:01.032Z"), "m1", "v1",
				Duration.ofMinutes(15), "https://a.modal.host", "fc-1", "modal", new BigDecimal("1.25"),
				Instant.parse("2026-11-25T23:59:01.009Z"), Instant.parse("2026-11-25T23:59:01.030Z"), "user_1",
				"org_1"));
	}

	@Test
	void eventsNameWhatRuns() {
		respondWith(
				okJson("""
						[{"id":"runs","session_id":"s1","start_time":"2026-11-25T23:52:01.5Z","end_time":null},
						{"id":"over","session_id":"s2","start_time":"2026-11-25T23:52:01.5Z","end_time":"2026-11-25T23:52:01.5Z"},
						{"id":"runaway","session_id":"s3","start_time":"2026-11-25T23:52:01.5Z",
						"end_time":"2026-11-25T23:51:01.5Z"},{"id":"no dates"}]"""));
		List<GpuEvent> events = this.machines.events("m1");
		assertThat(events).filteredOn(GpuEvent::isRunning).extracting(GpuEvent::id).containsExactly("runs", "no dates");
		assertThat(events).filteredOn(GpuEvent::isRunaway).extracting(GpuEvent::id).containsExactly("runaway");
	}

	@Test
	void pricesHaveTheDigitsOfTheServer() {
		respondWith(okJson("{\"T4\":0.00018,\"A100-80GB\":0.001708,\"CPU\":4.2e-05,\"X\":0.10,\"Y\":null,\"Z\":1}"));
		assertThat(this.machines.prices()).containsExactly(new GpuPrice(Gpu.T4, new BigDecimal("0.00018")),
				new GpuPrice(Gpu.A100_80GB, new BigDecimal("0.001708")),
				new GpuPrice(Gpu.CPU, new BigDecimal("0.000042")), new GpuPrice(Gpu.of("X"), new BigDecimal("0.10")),
				new GpuPrice(Gpu.of("Z"), BigDecimal.ONE));
		server.verify(1, getRequestedFor(urlEqualTo("/api/platform/gpu-pricing")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "[]", "null", "", "{\"T4\":\"cheap\"}", "{\"T4\":{}}" })
	void pricesThatCannotBeReadAreUnreadable(String body) {
		respondWith(okJson(body));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> this.machines.prices());
	}

	@Test
	void errorsAreThoseOfAnyCall() {
		respondWith(aResponse().withStatus(403)
			.withBody("{\"detail\":\"Token does not have permission to access this endpoint\"}"));
		assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(() -> this.machines.list())
			.withMessageContainingAll("Token does not have permission to access this endpoint",
					"use the API key of a user or an organization, not of a machine")
			.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("machine-list"));
		respondWith(aResponse().withStatus(404).withBody("{\"detail\":\"Machine not found\"}"));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.machines.get(ID));
		respondWith(aResponse().withStatus(422).withBody("""
				{"detail":[{"type":"uuid_parsing","loc":["path","machine_id"],"msg":"Input should be a valid UUID",
				"input":"nope"}]}"""));
		assertThatExceptionOfType(HttpValidationException.class).isThrownBy(() -> this.machines.events("nope"))
			.satisfies((ex) -> assertThat(ex.getErrors().get(0).loc()).containsExactly("path", "machine_id"));
	}

	@Test
	void everyOperationIsRetriedLikeAnyRead() {
		respondWith(aResponse().withStatus(503));
		List<Runnable> calls = List.of(() -> this.machines.list(), () -> this.machines.findByName("n"),
				() -> this.machines.get("m1"), () -> this.machines.events("m1"), () -> this.machines.prices());
		assertThat(calls).allSatisfy(
				(call) -> assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(call::run)
					.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(3))
					.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse()));
		server.verify(15, anyRequestedFor(anyUrl()));
	}

	@Test
	void operationsEndWithTheirClient() {
		this.client.close();
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.machines.prices());
		this.client.close();
		server.verify(0, anyRequestedFor(anyUrl()));
	}

	private static void respondWith(ResponseDefinitionBuilder response) {
		server.stubFor(any(anyUrl()).willReturn(response));
	}

	private static void respondInTurn(String url, ResponseDefinitionBuilder first, ResponseDefinitionBuilder second) {
		server.stubFor(get(urlEqualTo(url)).inScenario(url)
			.whenScenarioStateIs(Scenario.STARTED)
			.willReturn(first)
			.willSetStateTo("second"));
		server.stubFor(get(urlEqualTo(url)).inScenario(url).whenScenarioStateIs("second").willReturn(second));
	}

	private static void page(int offset, String body) {
		server.stubFor(
				get(urlEqualTo("/api/machines?is_deleted=false&limit=100&offset=" + offset)).willReturn(okJson(body)));
	}

	private static String machines(int from, int to) {
		return IntStream.range(from, to)
			.mapToObj((i) -> machine("m" + i, "n" + i))
			.collect(Collectors.joining(",", "[", "]"));
	}

	private static String machine(String id, String name) {
		return "{\"id\":\"" + id + "\",\"name\":\"" + name + "\",\"type\":\"classic\",\"status\":\"ready\"}";
	}

}
