package com.comfydeploy.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests with responses of the real server about machines and their sessions.
 */
class RecordedMachineTests {

	private static final String ID = "00000000-0000-4000-8000-000000000101";

	private static final ObjectMapper objectMapper = new ObjectMapper();

	private static final Map<String, Function<SessionClient, Object>> CALLS = calls();

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private static Map<String, Function<SessionClient, Object>> calls() {
		Map<String, Function<SessionClient, Object>> calls = new HashMap<>();
		calls.put("GET /machines", (client) -> client.machines().list());
		calls.put("GET /machine/*", (client) -> client.machines().get(ID));
		calls.put("GET /machine/*/events", (client) -> client.machines().events(ID));
		calls.put("GET /platform/gpu-pricing", (client) -> client.machines().prices());
		calls.put("GET /sessions", (client) -> client.list());
		calls.put("GET /session/*", (client) -> client.get(ID));
		calls.put("DELETE /session/*", (client) -> client.cancel(ID));
		calls.put("POST /session", (client) -> client.create(CreateSessionRequest.forMachine(ID).build()));
		calls.put("POST /session/dynamic",
				(client) -> client.createDynamic(CreateDynamicSessionRequest.builder().build()));
		return calls;
	}

	static Stream<Arguments> recordedResponses() {
		return Clients.codecs()
			.flatMap((json) -> recorded().stream()
				.filter((recorded) -> CALLS.containsKey(recorded.route()))
				.map((recorded) -> Arguments.of(recorded.name(), json, recorded)));
	}

	@Test
	void onlyRequestsOfNoOperationAreLeftOut() {
		assertThat(recorded()).filteredOn((recorded) -> !CALLS.containsKey(recorded.route()))
			.extracting(Recorded::name)
			.containsExactlyInAnyOrder("machines-post", "machines-head", "machines-options-cors", "machine-head");
	}

	@ParameterizedTest(name = "{0} {1}")
	@MethodSource("recordedResponses")
	void recordedResponseIsReadCorrectly(String name, JsonCodec json, Recorded recorded) throws Exception {
		ResponseDefinitionBuilder response = aResponse().withStatus(recorded.status()).withBody(recorded.body());
		server.stubFor(any(anyUrl())
			.willReturn((recorded.type() != null) ? response.withHeader("Content-Type", recorded.type()) : response));
		try (SessionClient client = Clients.build(Clients.builder(server.baseUrl()).retry(RetrySettings.none()),
				new TestTime(), json)) {
			if (recorded.status() == 200) {
				check(CALLS.get(recorded.route()).apply(client), objectMapper.readTree(recorded.body()));
			}
			else {
				assertThatExceptionOfType(ComfyDeployApiException.class)
					.isThrownBy(() -> CALLS.get(recorded.route()).apply(client))
					.isExactlyInstanceOf(exception(recorded.status()))
					.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(recorded.status()))
					.satisfies((ex) -> assertThat(ex.getResponseBody()).isEqualTo(recorded.body()));
			}
		}
	}

	private static Class<? extends ComfyDeployApiException> exception(int status) {
		return switch (status) {
			case 401 -> ComfyDeployApiException.Unauthorized.class;
			case 403 -> ComfyDeployApiException.Forbidden.class;
			case 404 -> ComfyDeployApiException.NotFound.class;
			case 422 -> HttpValidationException.class;
			case 500 -> ComfyDeployApiException.ServerError.class;
			default -> ComfyDeployApiException.class;
		};
	}

	private static void check(Object result, JsonNode expected) {
		if (result instanceof List<?> list) {
			List<JsonNode> nodes = elements(expected);
			assertThat(list).hasSameSizeAs(nodes);
			for (int i = 0; i < nodes.size(); i++) {
				check(list.get(i), nodes.get(i));
			}
		}
		else if (result instanceof Machine machine) {
			assertThat(machine).isEqualTo(machine(expected));
		}
		else if (result instanceof GpuEvent event) {
			checkEvent(event, expected);
		}
		else if (result instanceof GpuPrice price) {
			assertThat(price.gpu().value()).isEqualTo(expected.get("name").asText());
			assertThat(price.perSecond()).isEqualTo(expected.get("price").decimalValue());
		}
		else if (result instanceof Session session) {
			assertThat(session.id()).isEqualTo(text(expected, "id"));
			assertThat(session.createdAt()).isEqualTo(date(expected, "created_at"));
			assertThat(session.timeoutEnd()).isEqualTo(date(expected, "timeout_end"));
			assertThat(session.machineId()).isEqualTo(text(expected, "machine_id"));
		}
		else if (result instanceof CreatedSession session) {
			assertThat(session.sessionId()).isEqualTo(text(expected, "session_id"));
		}
		else {
			assertThat(result).isEqualTo(expected.get("success").asBoolean());
		}
	}

	private static List<JsonNode> elements(JsonNode expected) {
		if (expected.isArray()) {
			return StreamSupport.stream(expected.spliterator(), false).toList();
		}
		List<JsonNode> prices = new ArrayList<>();
		expected.fields().forEachRemaining((field) -> {
			BigDecimal price = new BigDecimal(field.getValue().asText());
			prices.add(objectMapper.createObjectNode().put("name", field.getKey()).put("price", price));
		});
		return prices;
	}

	private static Machine machine(JsonNode node) {
		String gpu = text(node, "gpu");
		return new Machine(text(node, "id"), text(node, "name"), text(node, "type"), (gpu != null) ? Gpu.of(gpu) : null,
				text(node, "status"), text(node, "machine_version"), text(node, "machine_version_id"),
				text(node, "machine_builder_version"), text(node, "comfyui_version"), text(node, "import_failed_logs"),
				node.get("is_workspace").asBoolean(), date(node, "created_at"), date(node, "updated_at"),
				text(node, "user_id"), text(node, "org_id"));
	}

	private static void checkEvent(GpuEvent event, JsonNode node) {
		assertThat(event.id()).isEqualTo(text(node, "id"));
		assertThat(event.sessionId()).isEqualTo(text(node, "session_id"));
		assertThat(event.machineId()).isEqualTo(text(node, "machine_id"));
		assertThat(event.gpu()).isEqualTo(Gpu.of(node.get("gpu").asText()));
		assertThat(event.startTime()).isEqualTo(date(node, "start_time"));
		assertThat(event.endTime()).isEqualTo(date(node, "end_time"));
		assertThat(event.createdAt()).isEqualTo(date(node, "created_at"));
		assertThat(event.updatedAt()).isEqualTo(date(node, "updated_at"));
		assertThat(event.isRunning()).isEqualTo(node.get("end_time").isNull());
		assertThat(event.isRunaway()).isFalse();
		assertThat(event.url()).isEqualTo(text(node, "tunnel_url"));
		assertThat(event.functionId()).isEqualTo(text(node, "modal_function_id"));
		assertThat(event.provider()).isEqualTo(text(node, "gpu_provider"));
		assertThat(event.cost()).isEqualByComparingTo(node.get("cost").decimalValue());
	}

	private static @Nullable String text(JsonNode node, String name) {
		JsonNode value = node.get(name);
		return (value != null && !value.isNull() && !value.asText().equals("None")) ? value.asText() : null;
	}

	/** Java's own parser takes a time without seconds. */
	private static @Nullable Instant date(JsonNode node, String name) {
		String text = text(node, name);
		return (text != null) ? LocalDateTime.parse(text.replace("Z", "")).toInstant(ZoneOffset.UTC) : null;
	}

	private static List<Recorded> recorded() {
		try (InputStream input = RecordedMachineTests.class.getResourceAsStream("machines.jsonl")) {
			Map<String, Recorded> recorded = new HashMap<>();
			List<Recorded> list = new ArrayList<>();
			for (String line : new String(input.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
				JsonNode node = objectMapper.readTree(line);
				String body = node.has("bodyOf") ? recorded.get(node.get("bodyOf").asText()).body()
						: node.get("body").asText();
				Recorded one = new Recorded(node.get("name").asText(), node.get("request").asText(),
						node.get("status").asInt(), node.get("type").isNull() ? null : node.get("type").asText(), body);
				recorded.put(one.name(), one);
				list.add(one);
			}
			return list;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A request to the real server, and its response.
	 */
	record Recorded(String name, String request, int status, @Nullable String type, String body) {

		/**
		 * Method and path, with {@code *} for an id. All machines and a page of them are
		 * one.
		 */
		String route() {
			String path = this.request.split(" ")[1].split("\\?")[0];
			return this.request.split(" ")[0] + " "
					+ path.replaceFirst("^/machines(/all|/)?$", "/machines")
						.replaceFirst("^/(machine|session)/(?!dynamic)[^/]*/?(?=(events)?$)", "/$1/*/")
						.replaceFirst("/$", "");
		}

	}

}
