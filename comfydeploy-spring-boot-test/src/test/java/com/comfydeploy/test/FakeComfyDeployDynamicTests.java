package com.comfydeploy.test;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.FakeHttpClient.Response;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests of dynamic sessions and snapshots of a {@link FakeComfyDeploy}, over plain HTTP.
 */
class FakeComfyDeployDynamicTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String UNKNOWN = "99999999-9999-4999-8999-999999999999";

	private static final Duration SPAWN = Duration.ofSeconds(20);

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().machines(MACHINE).spawn(SPAWN).start();

	private final FakeHttpClient client = new FakeHttpClient(this.fake);

	@AfterEach
	void closeFake() {
		this.fake.close();
	}

	@Test
	void dynamicSessionHasNoMachine() {
		Response created = create("{\"gpu\":\"A100-80GB\",\"timeout\":30}");
		assertThat(created.body()).matches("\\{\"session_id\":\"[0-9a-f-]{36}\",\"url\":null}");
		JsonNode session = session(id(created));
		assertThat(session.fieldNames()).toIterable()
			.containsExactly("id", "session_id", "gpu_event_id", "url", "gpu", "created_at", "timeout", "timeout_end",
					"machine_id", "machine_version_id", "status", "user_id", "org_id");
		assertThat(session.get("gpu").asText()).isEqualTo("A100-80GB");
		assertThat(session.get("timeout").asInt()).isEqualTo(30);
		assertThat(session.get("machine_id").isNull()).isTrue();
		assertThat(session.get("machine_version_id").isNull()).isTrue();
		assertThat(this.client.get("/sessions").json()).containsExactly(session);
		assertThat(this.client.get("/sessions?machine_id=" + MACHINE).body()).isEqualTo("[]");
	}

	@Test
	void dynamicSessionHasTheMachineThatItNames() {
		String version = "00000000-0000-4000-9000-000000000001";
		JsonNode session = session(id(create(
				"{\"gpu\":\"T4\",\"machine_id\":\"" + MACHINE + "\",\"machine_version_id\":\"" + version + "\"}")));
		assertThat(session.get("machine_id").asText()).isEqualTo(MACHINE);
		assertThat(session.get("machine_version_id").asText()).isEqualTo(version);
		assertThat(session.get("timeout").asInt()).isEqualTo(15);
		assertThat(this.client.get("/sessions?machine_id=" + MACHINE).json()).containsExactly(session);
	}

	@Test
	void dynamicCreateThatWaitsHasTheUrl() {
		Response created = create("{\"gpu\":\"T4\",\"wait_for_server\":true}");
		assertThat(created.json().get("url").asText()).startsWith("http://localhost:")
			.isEqualTo(session(id(created)).get("url").asText());
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"machine_id\":null", "\"machine_version_id\":null", "\"timeout\":null",
			"\"comfyui_hash\":null", "\"comfyui_hash\":\"094306b626e9cf505690c5d8b445032b3b8a36FA\"",
			"\"dependencies\":null", "\"dependencies\":[]",
			"\"dependencies\":[\"cubiq/ComfyUI_IPAdapter_plus@b188a6c\"]",
			"\"dependencies\":{\"docker_command_steps\":null}", "\"base_docker_image\":null",
			"\"base_docker_image\":\"debian\"", "\"python_version\":\"3.11\"", "\"no_such_field\":5" })
	void dynamicCreateAccepts(String field) {
		assertThat(create("{\"gpu\":\"T4\"," + field + "}").status()).isEqualTo(200);
	}

	@ParameterizedTest(name = "[{index}] {0}")
	@MethodSource
	void dynamicCreateRejects(String field, String errors) {
		assertResponse(create("{" + field + "}"), 422, "{\"detail\":[" + errors + "]}");
	}

	static Stream<Arguments> dynamicCreateRejects() {
		String gpus = "'CPU', 'T4', 'L4', 'A10G', 'L40S', 'A100', 'A100-80GB', 'H100', 'H200' or 'B200'";
		String gpuError = "{\"type\":\"enum\",\"loc\":[\"body\",\"gpu\"],\"msg\":\"Input should be " + gpus
				+ "\",\"input\":%s,\"ctx\":{\"expected\":\"" + gpus + "\"}}";
		String noList = "{\"type\":\"list_type\",\"loc\":[\"body\",\"dependencies\",\"list[str]\"],"
				+ "\"msg\":\"Input should be a valid list\",\"input\":%s}";
		return Stream.of(arguments("\"gpu\":\"XYZ\"", gpuError.formatted("\"XYZ\"")),
				arguments("\"gpu\":null", gpuError.formatted("null")),
				arguments("\"comfyui_hash\":\"abc\"",
						"{\"type\":\"string_pattern_mismatch\",\"loc\":[\"body\",\"comfyui_hash\"],"
								+ "\"msg\":\"String should match pattern '^[a-fA-F0-9]{40}$'\",\"input\":\"abc\","
								+ "\"ctx\":{\"pattern\":\"^[a-fA-F0-9]{40}$\"}}"),
				arguments("\"comfyui_hash\":5", stringError("\"comfyui_hash\"", "5")),
				arguments("\"dependencies\":\"x\"", noList.formatted("\"x\"")),
				arguments("\"dependencies\":{}", noList.formatted("{}")),
				arguments("\"dependencies\":[\"a\",5]", noList.formatted("[\"a\",5]")),
				arguments("\"machine_id\":5,\"machine_version_id\":6",
						stringError("\"machine_id\"", "5") + "," + stringError("\"machine_version_id\"", "6")),
				arguments("\"base_docker_image\":[],\"python_version\":3.11",
						stringError("\"base_docker_image\"", "[]") + "," + stringError("\"python_version\"", "3.11")),
				arguments("\"wait_for_server\":\"maybe\"",
						"{\"type\":\"bool_parsing\",\"loc\":[\"body\",\"wait_for_server\"],\"msg\":\"Input should be a "
								+ "valid boolean, unable to interpret input\",\"input\":\"maybe\"}"));
	}

	@Test
	void dynamicCreateWithoutABodyIsRejected() {
		assertResponse(create(""), 422,
				"{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\",\"input\":null}]}");
	}

	@Test
	void dynamicCreateWithoutAGpuFails() {
		assertResponse(create("{}"), 500, "{\"detail\":\"'str' object has no attribute 'value'\"}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"machine_id\":\"" + UNKNOWN + "\"", "\"machine_id\":\"nope\"", "\"timeout\":2147483648",
			"\"machine_version_id\":\"nope\"" })
	void dynamicCreateFailsWithTheDatabase(String field) {
		Response response = create("{\"gpu\":\"T4\"," + field + "}");
		assertThat(response.status()).isEqualTo(500);
		assertThat(response.json().get("detail").asText()).startsWith("(sqlalchemy.dialects.postgresql");
		assertThat(this.client.get("/sessions").body()).isEqualTo("[]");
	}

	@Test
	void freePlanHasNoDynamicSessions() {
		try (FakeComfyDeploy free = FakeComfyDeploy.builder().freePlan(true).start()) {
			assertResponse(new FakeHttpClient(free).post("/session/dynamic", "{\"gpu\":\"T4\"}"), 403,
					"{\"detail\":\"Free plan users cannot create sessions, we are mitigating abuse, please wait\"}");
		}
	}

	@Test
	void snapshotsWithANameCreateAMachineAndItsVersions() {
		String id = id(create("{\"gpu\":\"T4\"}"));
		this.fake.advance(SPAWN);
		JsonNode first = snapshot(id, "{\"machine_name\":\"mine\"}").json();
		assertThat(first.fieldNames()).toIterable().containsExactly("message", "version_id", "version", "image_id");
		assertThat(first.get("message").asText()).isEqualTo("Session snapshot created successfully");
		assertThat(first.get("version").asInt()).isOne();
		assertThat(first.get("image_id").asText()).matches("im-[0-9a-f]{22}");
		JsonNode session = session(id);
		assertThat(session.get("machine_version_id").asText()).isEqualTo(first.get("version_id").asText());
		String machine = session.get("machine_id").asText();
		assertThat(UUID.fromString(machine)).hasToString(machine);

		JsonNode second = snapshot(id, "").json();
		assertThat(second.get("version").asInt()).isEqualTo(2);
		assertThat(second.get("version_id")).isNotEqualTo(first.get("version_id"));
		assertThat(session(id).get("machine_id").asText()).isEqualTo(machine);

		String next = id(create("{\"gpu\":\"T4\",\"machine_id\":\"" + machine + "\"}"));
		this.fake.advance(SPAWN);
		assertThat(snapshot(next, "{\"machine_name\":null}").json().get("version").asInt()).isEqualTo(3);
	}

	@Test
	void versionsAreCountedForEachMachine() {
		String one = id(create("{\"gpu\":\"T4\",\"machine_id\":\"" + MACHINE + "\"}"));
		String other = id(create("{\"gpu\":\"T4\"}"));
		this.fake.advance(SPAWN);
		assertThat(snapshot(one, "").json().get("version").asInt()).isOne();
		assertThat(snapshot(one, "null").json().get("version").asInt()).isEqualTo(2);
		assertThat(snapshot(other, "{\"machine_name\":\"mine\"}").json().get("version").asInt()).isOne();
		this.fake.reset();
		String later = id(create("{\"gpu\":\"T4\",\"machine_id\":\"" + MACHINE + "\"}"));
		this.fake.advance(SPAWN);
		assertThat(snapshot(later, "").json().get("version").asInt()).isOne();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "{}", "null", "{\"machine_name\":null}" })
	void snapshotOfASessionWithoutAMachineNeedsAName(String body) {
		String id = id(create("{\"gpu\":\"T4\"}"));
		this.fake.advance(SPAWN);
		assertResponse(snapshot(id, body), 400, "{\"detail\":\"Machine id not found\"}");
	}

	@Test
	void onlyDynamicSessionsHaveSnapshots() {
		String ofMachine = id(this.client.post("/session", "{\"machine_id\":\"" + MACHINE + "\"}"));
		String early = id(create("{\"gpu\":\"T4\"}"));
		String notYet = "{\"detail\":\"Modal function id is not a sandbox\"}";
		assertResponse(snapshot(early, "{\"machine_name\":\"mine\"}"), 400, notYet);
		this.fake.advance(SPAWN);
		assertResponse(snapshot(ofMachine, "{\"machine_name\":\"mine\"}"), 400, notYet);
		assertThat(snapshot(early, "{\"machine_name\":\"mine\"}").status()).isEqualTo(200);
	}

	@Test
	void snapshotWithoutASessionIsNotFound() {
		assertResponse(snapshot(UNKNOWN, ""), 404, "{\"detail\":\"GPUEvent not found session_id: " + UNKNOWN + "\"}");
		String id = id(create("{\"gpu\":\"T4\"}"));
		this.fake.advance(SPAWN);
		assertThat(this.client.delete("/session/" + id).status()).isEqualTo(200);
		assertResponse(snapshot(id, "{\"machine_name\":\"mine\"}"), 404,
				"{\"detail\":\"GPUEvent not found session_id: " + id + "\"}");
	}

	@Test
	void snapshotChecksItsBodyFirst() {
		assertResponse(snapshot(UNKNOWN, "{\"machine_name\":5}"), 422,
				"{\"detail\":[" + stringError("\"machine_name\"", "5") + "]}");
		assertResponse(snapshot(UNKNOWN, "{bad"), 422,
				"{\"detail\":[{\"type\":\"json_invalid\",\"loc\":[\"body\",0],\"msg\":\"JSON decode error\","
						+ "\"input\":{},\"ctx\":{\"error\":\"Expecting value\"}}]}");
	}

	@ParameterizedTest
	@CsvSource({ "PUT,/session/dynamic,GET", "GET,/session/x/snapshot,POST", "POST,/v2/stream-logs,GET" })
	void wrongMethodIsNotAllowed(String method, String path, String allow) {
		Response response = this.client.send(method, path);
		assertThat(response.status()).isEqualTo(405);
		assertThat(response.header("allow")).isEqualTo(allow);
	}

	private Response create(String body) {
		return this.client.post("/session/dynamic", body);
	}

	private Response snapshot(String id, String body) {
		return this.client.post("/session/" + id + "/snapshot", body);
	}

	private JsonNode session(String id) {
		Response response = this.client.get("/session/" + id);
		assertThat(response.status()).as(response.body()).isEqualTo(200);
		return response.json();
	}

	private static String id(Response created) {
		assertThat(created.status()).as(created.body()).isEqualTo(200);
		return created.json().get("session_id").asText();
	}

	private static String stringError(String location, String input) {
		return "{\"type\":\"string_type\",\"loc\":[\"body\"," + location
				+ "],\"msg\":\"Input should be a valid string\",\"input\":" + input + "}";
	}

	private static void assertResponse(Response response, int status, String body) {
		assertThat(response.body()).isEqualTo(body);
		assertThat(response.status()).isEqualTo(status);
		assertThat(response.header("content-type")).isEqualTo("application/json");
	}

}
