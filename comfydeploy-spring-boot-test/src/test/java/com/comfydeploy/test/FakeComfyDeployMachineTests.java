package com.comfydeploy.test;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests of the machines of a {@link FakeComfyDeploy}, compared with responses of the real
 * server, and with the client.
 */
class FakeComfyDeployMachineTests {

	private static final String DELETED = "00000000-0000-4000-8000-00000000010b";

	/**
	 * Fields that a machine has only in its full form, and that the fake does not store.
	 */
	private static final List<String> DETAILS = List.of("docker_command_steps", "keep_warm", "base_docker_image",
			"python_version", "extra_args", "prestart_command", "cpu_request", "cpu_limit", "memory_request",
			"memory_limit", "models_to_cache", "enable_gpu_memory_snapshot");

	private static final Map<String, Recorded> RECORDED = Recorded.readAll();

	static Stream<Recorded> recordedResponses() {
		return RECORDED.values().stream();
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("recordedResponses")
	void responseIsThatOfTheRealServer(Recorded recorded) {
		Machine[] machines = machines(RECORDED.get("machines-all")).toArray(Machine[]::new);
		Machine[] deleted = machines(RECORDED.get("machines-is_deleted-true")).toArray(Machine[]::new);
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.machines(machines)
			.deletedMachines(deleted)
			.machineKey("mmach".equals(recorded.token()))
			.start()) {
			FakeHttpClient client = new FakeHttpClient(fake);
			String[] request = recorded.request().split(" ", 3);
			String body = (request.length > 2) ? request[2] : null;
			HttpRequest.Builder builder = (recorded.token() != null) ? client.request(request[0], request[1], body)
					: client.anonymous(request[0], request[1], body);
			Response response = client.send(builder);
			assertThat(response.status()).isEqualTo(recorded.status());
			if (response.body().startsWith("{") || response.body().startsWith("[")) {
				assertThat(comparable(response.body(), recorded)).isEqualTo(comparable(recorded.body(), recorded));
			}
			else {
				assertThat(response.body()).isEqualTo(recorded.body());
			}
		}
	}

	private static JsonNode comparable(String body, Recorded recorded) {
		JsonNode json = Recorded.read(body);
		if (json instanceof ObjectNode object) {
			object.remove("session_id");
			if (recorded.name().equals("machine-ready-full")) {
				object.remove(DETAILS);
			}
		}
		return json;
	}

	@Test
	void machineIsFoundByItsNameAndHasASession() {
		Machine machine = TestMachines.builder("00000000-0000-4000-8000-000000000042")
			.name("sdxl")
			.gpu(Gpu.H100)
			.build();
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().machines(machine).start();
				SessionClient client = client(fake)) {
			assertThat(client.machines().list()).containsExactly(machine);
			assertThat(client.machines().get(machine.id())).isEqualTo(machine);
			assertThat(client.machines().findByName("SDXL")).isEmpty();
			Machine found = client.machines().findByName("sdxl").orElseThrow();
			String id = client.create(CreateSessionRequest.forMachine(found).build()).sessionId();
			assertThat(client.get(id).gpu()).isEqualTo(Gpu.H100);
			assertThat(client.machines().events(machine.id())).singleElement()
				.satisfies((event) -> assertThat(event.sessionId()).isEqualTo(id))
				.matches(GpuEvent::isRunning);
			assertThat(fake.requests("machine-list")).hasSize(3);
			assertThat(fake.requests("machine-events")).hasSize(1);
		}
	}

	@Test
	void machineExistsWithoutConfiguration() {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start(); SessionClient client = client(fake)) {
			Machine machine = client.machines().findByName(FakeComfyDeploy.MACHINE_NAME).orElseThrow();
			assertThat(machine.id()).isEqualTo(FakeComfyDeploy.MACHINE_ID);
			assertThat(client.create(CreateSessionRequest.forMachine(machine).build())).isNotNull();
			String any = "00000000-0000-4000-8000-000000000077";
			assertThat(client.machines().get(any)).isEqualTo(TestMachines.ready(any));
		}
	}

	@Test
	void hundredsOfMachinesArePaged() {
		Machine[] machines = Stream.iterate(0, (i) -> i + 1)
			.limit(250)
			.map((i) -> TestMachines.ready("00000000-0000-4000-8000-%012d".formatted(i)))
			.toArray(Machine[]::new);
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().machines(machines).start();
				SessionClient client = client(fake)) {
			assertThat(client.machines().list()).containsExactlyInAnyOrder(machines);
			assertThat(fake.requests("machine-list")).hasSize(3);
		}
	}

	@Test
	void deletedMachinesAreNeverListed() {
		Machine deleted = TestMachines.ready(DELETED);
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().deletedMachines(deleted).start();
				SessionClient client = client(fake)) {
			assertThat(client.machines().list()).extracting(Machine::id).containsExactly(FakeComfyDeploy.MACHINE_ID);
			assertThat(client.machines().findByName(deleted.name())).isEmpty();
			assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
				.isThrownBy(() -> client.machines().get(DELETED));
		}
	}

	@Test
	void serverlessMachineWithoutABuilderVersionFails() {
		Machine machine = TestMachines.builder(FakeComfyDeploy.MACHINE_ID).builderVersion(null).build();
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().machines(machine).start()) {
			Response response = new FakeHttpClient(fake).post("/session", "{\"machine_id\":\"" + machine.id() + "\"}");
			assertThat(response.status()).isEqualTo(500);
			assertThat(response.body()).isEqualTo("Internal Server Error");
		}
	}

	@Test
	void sessionWithoutAGpuBreaksEveryReadUntilItEnds() {
		Machine machine = TestMachines.builder(FakeComfyDeploy.MACHINE_ID).gpu(null).build();
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().machines(machine).start();
				SessionClient client = client(fake)) {
			assertThatIllegalArgumentException()
				.isThrownBy(() -> client.create(CreateSessionRequest.forMachine(machine).build()));
			assertThat(fake.requests("create")).isEmpty();
			FakeHttpClient http = new FakeHttpClient(fake);
			Response created = http.post("/session", "{\"machine_id\":\"" + machine.id() + "\"}");
			assertThat(created.status()).isEqualTo(200);
			String id = created.json().get("session_id").asText();
			assertThat(http.get("/session/" + id).status()).isEqualTo(500);
			assertThat(http.get("/sessions").status()).isEqualTo(500);
			fake.advance(Duration.ofMinutes(15));
			assertThat(http.get("/sessions").body()).isEqualTo("[]");
		}
	}

	@Test
	void machineKeyGivesAccessToSessionsAndPricesOnly() {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().machineKey(true).start();
				SessionClient client = client(fake)) {
			assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class)
				.isThrownBy(() -> client.machines().findByName("sdxl"))
				.withMessageContaining("Token does not have permission");
			assertThat(client.machines().prices()).hasSize(10);
			assertThat(client.create(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).build())).isNotNull();
		}
	}

	@Test
	void faultsHappenToMachinesToo() {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start(); SessionClient client = client(fake)) {
			fake.fail(Fault.status(403).on("machine-prices"));
			assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class)
				.isThrownBy(() -> client.machines().prices());
			assertThat(client.machines().prices()).hasSize(10);
		}
	}

	private static SessionClient client(FakeComfyDeploy fake) {
		return SessionOperationsBuilder.authorizedBy(fake::getBearer).baseUrl(fake.getBaseUrl()).build();
	}

	private static List<Machine> machines(Recorded recorded) {
		return StreamSupport.stream(Recorded.read(recorded.body()).spliterator(), false)
			.map(FakeComfyDeployMachineTests::machine)
			.toList();
	}

	private static Machine machine(JsonNode node) {
		String gpu = text(node, "gpu");
		return TestMachines.builder(text(node, "id"))
			.name(text(node, "name"))
			.type(text(node, "type"))
			.status(text(node, "status"))
			.gpu((gpu != null) ? Gpu.of(gpu) : null)
			.version(text(node, "machine_version"), text(node, "machine_version_id"))
			.builderVersion(text(node, "machine_builder_version"))
			.comfyUiVersion(text(node, "comfyui_version"))
			.importFailure(text(node, "import_failed_logs"))
			.workspace(node.get("is_workspace").asBoolean())
			.createdAt(LocalDateTime.parse(text(node, "created_at")).toInstant(ZoneOffset.UTC))
			.updatedAt(LocalDateTime.parse(text(node, "updated_at")).toInstant(ZoneOffset.UTC))
			.userId(text(node, "user_id"))
			.orgId(text(node, "org_id"))
			.build();
	}

	private static String text(JsonNode node, String name) {
		return node.get(name).isNull() ? null : node.get(name).asText();
	}

	/**
	 * Request to the real server, and its response.
	 */
	record Recorded(String name, String request, int status, String token, String body) {

		private static final ObjectMapper objectMapper = new ObjectMapper();

		static Map<String, Recorded> readAll() {
			try (InputStream input = Recorded.class.getResourceAsStream("machines.jsonl")) {
				Map<String, Recorded> recorded = new LinkedHashMap<>();
				for (String line : new String(input.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
					JsonNode node = read(line);
					String body = node.has("bodyOf") ? recorded.get(node.get("bodyOf").asText()).body()
							: node.get("body").asText();
					recorded.put(node.get("name").asText(), new Recorded(node.get("name").asText(),
							node.get("request").asText(), node.get("status").asInt(), text(node, "token"), body));
				}
				return recorded;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		static JsonNode read(String json) {
			try {
				return objectMapper.readTree(json);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		@Override
		public String toString() {
			return this.name;
		}

	}

}
