package com.comfydeploy.sample;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.client.RestClient;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the sample application over HTTP. The blank token takes precedence over a
 * token in the environment.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT, properties = "comfydeploy.bearer=")
@ExtendWith(OutputCaptureExtension.class)
class SampleApplicationTests {

	private static final Duration STARTUP = Duration.ofSeconds(3);

	private static final Duration SHUTDOWN = Duration.ofSeconds(1);

	private static final Fault START_AT_ONCE = Fault.slowStart(Duration.ZERO);

	private static final ParameterizedTypeReference<Map<String, Object>> OBJECT = new ParameterizedTypeReference<>() {
	};

	private static final ParameterizedTypeReference<List<Map<String, Object>>> ARRAY = new ParameterizedTypeReference<>() {
	};

	@Autowired
	private FakeComfyDeploy fake;

	@Value("${local.server.port}")
	private int port;

	private RestClient client;

	@BeforeEach
	void createClient() {
		this.client = RestClient.builder()
			.baseUrl("http://localhost:" + this.port)
			.defaultStatusHandler((status) -> true, (request, response) -> {
			})
			.build();
		this.fake.reset();
	}

	@Test
	@Timeout(120)
	void sessionIsCreatedBecomesReadyIsExtendedAndCancelled() {
		String machineId = UUID.randomUUID().toString();
		String id = createAndFindStarting(machineId);

		this.fake.advance(STARTUP);
		Map<String, Object> ready = get("/sessions/" + id, 200);
		assertThat(ready).containsEntry("id", id)
			.containsEntry("gpu", "L40S")
			.containsEntry("timeout", "PT30M")
			.containsEntry("machineId", machineId)
			.containsEntry("status", "running")
			.containsEntry("orgId", null);
		assertThat((String) ready.get("url")).startsWith("http://localhost:");
		assertThat(list("/sessions")).contains(ready);
		assertThat(list("/sessions?machineId=" + machineId)).contains(ready);
		assertThat(list("/sessions?machineId=" + UUID.randomUUID())).isEmpty();

		ResponseEntity<Map<String, Object>> extended = send(HttpMethod.POST, "/sessions/" + id + "/extend?minutes=5",
				null);
		assertThat(extended.getStatusCode().value()).isEqualTo(200);
		assertThat(extended.getBody()).containsEntry("id", id)
			.containsEntry("timeoutEnd", Instant.parse((String) ready.get("timeoutEnd")).plusSeconds(300).toString());

		assertThat(send(HttpMethod.DELETE, "/sessions/" + id, null).getStatusCode().value()).isEqualTo(204);
		assertThat(list("/sessions?machineId=" + machineId)).extracting("id").doesNotContain(id);
		this.fake.advance(SHUTDOWN);
		assertThat(get("/sessions/" + id, 404)).containsEntry("upstreamStatus", 404);
	}

	@Test
	void dynamicSessionIsCreatedAndSaved() {
		String machineId = UUID.randomUUID().toString();
		ResponseEntity<Map<String, Object>> created = send(HttpMethod.POST, "/sessions/dynamic",
				"{\"machineId\":\"" + machineId + "\",\"gpu\":\"L40S\",\"minutes\":30}");
		assertThat(created.getStatusCode().value()).isEqualTo(201);
		String id = (String) created.getBody().get("sessionId");
		assertThat(get("/sessions/" + id, 200)).containsEntry("gpu", "L40S")
			.containsEntry("timeout", "PT30M")
			.containsEntry("machineId", machineId);
		assertThat(send(HttpMethod.POST, "/sessions/" + id + "/snapshot", null).getBody()).containsEntry("version", 1);
		assertThat(send(HttpMethod.POST, "/sessions/dynamic", "{}").getStatusCode().value()).isEqualTo(201);
	}

	@Test
	void faultsAreSwitchedOnAndOff() {
		assertThat(get("/faults", 200)).containsEntry("unavailable", false);
		Map<String, Object> faults = Map.of("slowStart", true, "unavailable", true, "drops", true);
		put(faults);
		assertThat(get("/faults", 200)).isEqualTo(faults);
		put(Map.of("slowStart", true, "unavailable", false, "drops", false));
		String id = create("{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		this.fake.advance(STARTUP);
		assertThat(get("/sessions/" + id, 200)).containsEntry("url", null);
		put(Map.of("slowStart", false, "unavailable", false, "drops", false));
		assertThat(get("/faults", 200)).doesNotContainValue(true);
	}

	@Test
	@Timeout(120)
	void faultsCauseRetries() {
		for (String reason : List.of("503", "io")) {
			put(Map.of("slowStart", false, "unavailable", reason.equals("503"), "drops", reason.equals("io")));
			String retries = "/actuator/metrics/comfydeploy.session.retries?tag=reason:" + reason;
			while (send(HttpMethod.GET, retries, null).getStatusCode().value() != 200) {
				send(HttpMethod.GET, "/sessions/" + UUID.randomUUID(), null);
			}
		}
		put(Map.of("slowStart", false, "unavailable", false, "drops", false));
	}

	@Test
	void pageIsServedWithItsFiles() {
		for (String file : List.of("/", "/page.css", "/page.js")) {
			ResponseEntity<String> response = this.client.get().uri(file).retrieve().toEntity(String.class);
			assertThat(response.getStatusCode().value()).isEqualTo(200);
			assertThat(response.getBody()).isNotEmpty().doesNotContainPattern("(src|href|url\\()=?[\"']?https?:");
		}
	}

	@Test
	void cancelCanWaitForTheShutdown() {
		String id = create("{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		assertThat(send(HttpMethod.DELETE, "/sessions/" + id + "?wait=true", null).getStatusCode().value())
			.isEqualTo(204);
		get("/sessions/" + id, 404);
	}

	@Test
	void unknownSessionIsAProblemOfStatus404() {
		assertThat(problem(HttpMethod.GET, "/sessions/" + UUID.randomUUID(), null, 404))
			.containsEntry("title", "Not Found")
			.containsEntry("operation", "get")
			.containsEntry("attempts", 1)
			.containsEntry("outcomeUnknown", false)
			.containsEntry("upstreamStatus", 404)
			.extractingByKey("detail")
			.asString()
			.contains("GPUEvent not found");
		problem(HttpMethod.POST, "/sessions/" + UUID.randomUUID() + "/extend?minutes=5", null, 404);
		problem(HttpMethod.DELETE, "/sessions/" + UUID.randomUUID(), null, 404);
	}

	@Test
	void validationErrorIsAProblemOfStatus422() {
		Map<String, Object> problem = problem(HttpMethod.POST, "/sessions",
				"{\"machineId\":\"" + UUID.randomUUID() + "\",\"gpu\":\"XYZ\"}", 422);
		assertThat(problem).containsEntry("operation", "create").containsEntry("upstreamStatus", 422);
		assertThat(problem.get("errors")).asInstanceOf(InstanceOfAssertFactories.LIST)
			.singleElement()
			.satisfies((error) -> assertThat((Map<?, ?>) error).extracting("loc", "type")
				.containsExactly(List.of("body", "gpu"), "enum"));
	}

	@Test
	void invalidArgumentIsAProblemOfStatus400() {
		assertThat(problem(HttpMethod.POST, "/sessions", "{\"machineId\":\" \"}", 400)).extractingByKey("detail")
			.asString()
			.contains("machineId");
		problem(HttpMethod.POST, "/sessions", "{}", 400);
		problem(HttpMethod.POST, "/sessions", "{\"machineId\":\"" + UUID.randomUUID() + "\",\"minutes\":0}", 400);
		String id = create("{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		problem(HttpMethod.POST, "/sessions/" + id + "/extend?minutes=-1", null, 400);
	}

	@Test
	void unreadableRequestIsAProblemOfStatus400() {
		problem(HttpMethod.POST, "/sessions", "{bad", 400);
		problem(HttpMethod.POST, "/sessions", "{\"machineId\":\"" + UUID.randomUUID() + "\",\"gpu\":\"\"}", 400);
		String id = create("{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		problem(HttpMethod.POST, "/sessions/" + id + "/extend?minutes=abc", null, 400);
		problem(HttpMethod.POST, "/sessions/" + id + "/extend", null, 400);
	}

	@Test
	void failureOfTheServerIsAProblemOfStatus502() {
		assertThat(problem(HttpMethod.POST, "/sessions", "{\"machineId\":\"no-uuid\"}", 502))
			.containsEntry("outcomeUnknown", true)
			.containsEntry("upstreamStatus", 500);
	}

	@Test
	@Timeout(120)
	void leaseIsOpenUntilItIsClosed() {
		this.fake.fail(START_AT_ONCE);
		ResponseEntity<Map<String, Object>> opened = send(HttpMethod.POST, "/leases",
				"{\"machineId\":\"" + UUID.randomUUID() + "\",\"gpu\":\"L40S\"}");
		assertThat(opened.getStatusCode().value()).isEqualTo(201);
		String id = (String) opened.getBody().get("sessionId");
		assertThat((String) opened.getBody().get("url")).startsWith("http://localhost:");
		assertThat(list("/leases")).extracting("sessionId").containsExactly(id);
		assertThat(get("/sessions/" + id, 200)).containsEntry("timeout", "PT5M").containsEntry("gpu", "L40S");
		assertThat(get("/actuator/metrics/comfydeploy.session.leases", 200).get("measurements"))
			.isEqualTo(List.of(Map.of("statistic", "VALUE", "value", 1.0)));

		assertThat(send(HttpMethod.DELETE, "/leases/" + id, null).getStatusCode().value()).isEqualTo(204);
		assertThat(list("/leases")).isEmpty();
		get("/sessions/" + id, 404);
		assertThat(send(HttpMethod.DELETE, "/leases/" + id, null).getStatusCode().value()).isEqualTo(404);
	}

	@Test
	@Timeout(120)
	void leaseIsLostThoughTheFirstCancelFails() {
		this.fake.fail(START_AT_ONCE);
		ResponseEntity<Map<String, Object>> opened = send(HttpMethod.POST, "/leases",
				"{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		String id = (String) opened.getBody().get("sessionId");
		this.fake.fail(Fault.status(503).on("cancel").times(1));
		assertThat(send(HttpMethod.POST, "/faults/lost/" + id, null).getStatusCode().value()).isEqualTo(204);
		assertThat(this.fake.requests("cancel")).hasSize(2);
		this.fake.advance(SHUTDOWN);
		get("/sessions/" + id, 404);
		send(HttpMethod.DELETE, "/leases/" + id, null);
	}

	@Test
	void healthShowsTheCalls() {
		list("/sessions");
		assertThat(get("/actuator/health/comfydeploy", 200)).containsEntry("status", "UP").containsKey("details");
	}

	@Test
	@Timeout(120)
	void leasesAreClosedAfterTheWebServerHasStopped() {
		try (FakeComfyDeploy server = FakeComfyDeploy.start()) {
			ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class).run(
					"--server.port=0", "--comfydeploy.bearer=" + server.getBearer(),
					"--comfydeploy.base-url=" + server.getBaseUrl());
			SessionLeases leases = context.getBean(SessionLeases.class);
			leases.open(CreateSessionRequest.forMachine(UUID.randomUUID().toString()).build());
			assertThat(context.getBeansOfType(SmartLifecycle.class).values())
				.filteredOn((lifecycle) -> lifecycle.getClass().getSimpleName().startsWith("WebServer"))
				.isNotEmpty()
				.allSatisfy((lifecycle) -> assertThat(lifecycle.getPhase())
					.isGreaterThan(((SmartLifecycle) leases).getPhase()));
			SessionOperations operations = SessionOperationsBuilder.authorizedBy(server::getBearer)
				.baseUrl(server.getBaseUrl())
				.build();
			assertThat(operations.list()).hasSize(1);
			context.close();
			assertThat(operations.list()).isEmpty();
		}
	}

	@Test
	void whenTheApplicationStopsItDoesNotWaitForALog(CapturedOutput output) throws Exception {
		int before = output.length();
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(SampleApplication.class)
			.run("--server.port=0", "--comfydeploy.bearer=", "--spring.lifecycle.timeout-per-shutdown-phase=1m")) {
			String id = context.getBean(SessionOperations.class)
				.create(CreateSessionRequest.forMachine(UUID.randomUUID().toString()).build())
				.sessionId();
			URI log = URI.create("http://localhost:" + context.getEnvironment().getProperty("local.server.port")
					+ "/sessions/" + id + "/log");
			Iterator<String> lines = HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(log).build(), BodyHandlers.ofLines())
				.body()
				.iterator();
			assertThat(lines.next()).contains("Creating session...");
		}
		assertThat(output.toString().substring(before)).contains("Graceful shutdown complete")
			.doesNotContain("Graceful shutdown aborted");
	}

	@Test
	void metricsCountEachCallWithItsTags() {
		String success = "outcome:SUCCESS,status:200,exception:none,error:none";
		String notFound = "operation:get,outcome:CLIENT_ERROR,status:404,exception:NotFound,error:NotFound";
		double creates = count("operation:create," + success);
		double gets = count("operation:get," + success);
		double lists = count("operation:list," + success);
		double increases = count("operation:increase-timeout," + success);
		double cancels = count("operation:cancel," + success);
		double misses = count(notFound);

		String id = create("{\"machineId\":\"" + UUID.randomUUID() + "\"}");
		get("/sessions/" + id, 200);
		list("/sessions");
		send(HttpMethod.POST, "/sessions/" + id + "/extend?minutes=5", null);
		send(HttpMethod.DELETE, "/sessions/" + id, null);
		get("/sessions/" + UUID.randomUUID(), 404);

		assertThat(count("operation:create," + success)).isEqualTo(creates + 1);
		assertThat(count("operation:get," + success)).isEqualTo(gets + 2);
		assertThat(count("operation:list," + success)).isEqualTo(lists + 1);
		assertThat(count("operation:increase-timeout," + success)).isEqualTo(increases + 1);
		assertThat(count("operation:cancel," + success)).isEqualTo(cancels + 1);
		assertThat(count(notFound)).isEqualTo(misses + 1);
		assertThat(get("/actuator/metrics/comfydeploy.session.operation", 200).get("availableTags"))
			.asInstanceOf(InstanceOfAssertFactories.LIST)
			.extracting("tag")
			.containsExactlyInAnyOrder("operation", "outcome", "status", "exception", "error");
	}

	@Test
	void whenThereIsNoTokenTheLogNamesTheFake(CapturedOutput output) {
		try (ConfigurableApplicationContext context = run("--comfydeploy.bearer=")) {
			FakeComfyDeploy started = context.getBean(FakeComfyDeploy.class);
			assertThat(output).contains("There is no 'comfydeploy.bearer'").contains(started.getBaseUrl());
			assertThat(context.getBean(ComfyDeployConnectionDetails.class).getBaseUrl())
				.isEqualTo(started.getBaseUrl());
			assertThat(context.getBean(SessionOperations.class).list()).isEmpty();
		}
	}

	@Test
	void whenThereIsATokenThereIsNoFake(CapturedOutput output) {
		int before = output.length();
		try (ConfigurableApplicationContext context = run("--comfydeploy.bearer=token-of-this-test",
				"--comfydeploy.base-url=https://comfydeploy.example/api")) {
			assertThat(context.getBeanNamesForType(FakeComfyDeploy.class)).isEmpty();
			assertThat(context.getBeanNamesForType(FaultController.class)).isEmpty();
			assertThat(context.getBeanNamesForType(SessionOperations.class)).hasSize(1);
			ComfyDeployConnectionDetails details = context.getBean(ComfyDeployConnectionDetails.class);
			assertThat(details.getBearer()).isEqualTo("token-of-this-test");
			assertThat(details.getBaseUrl()).isEqualTo("https://comfydeploy.example/api");
		}
		assertThat(output.toString().substring(before)).contains("Started")
			.doesNotContain("fake ComfyDeploy", "token-of-this-test");
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		return new SpringApplicationBuilder(SampleApplication.class).web(WebApplicationType.NONE).run(arguments);
	}

	/** Repeat until the first poll of a session was faster than its startup. */
	private String createAndFindStarting(String machineId) {
		while (true) {
			long start = System.nanoTime();
			String id = create("{\"machineId\":\"" + machineId + "\",\"gpu\":\"L40S\",\"minutes\":30}");
			Map<String, Object> session = get("/sessions/" + id, 200);
			if (System.nanoTime() - start < STARTUP.toNanos()) {
				assertThat(session).containsEntry("id", id).containsEntry("url", null);
				return id;
			}
			this.fake.reset();
		}
	}

	private String create(String body) {
		ResponseEntity<Map<String, Object>> created = send(HttpMethod.POST, "/sessions", body);
		assertThat(created.getStatusCode().value()).isEqualTo(201);
		assertThat(created.getBody()).containsOnlyKeys("sessionId", "url").containsEntry("url", null);
		return (String) created.getBody().get("sessionId");
	}

	private Map<String, Object> get(String uri, int status) {
		ResponseEntity<Map<String, Object>> response = send(HttpMethod.GET, uri, null);
		assertThat(response.getStatusCode().value()).isEqualTo(status);
		return response.getBody();
	}

	private List<Map<String, Object>> list(String uri) {
		return this.client.get().uri(uri).retrieve().body(ARRAY);
	}

	private Map<String, Object> problem(HttpMethod method, String uri, String body, int status) {
		ResponseEntity<Map<String, Object>> response = send(method, uri, body);
		assertThat(response.getStatusCode().value()).isEqualTo(status);
		assertThat(response.getHeaders().getContentType()).isEqualTo(MediaType.APPLICATION_PROBLEM_JSON);
		assertThat(response.getBody()).containsEntry("status", status).containsKey("detail");
		return response.getBody();
	}

	private void put(Map<String, Object> faults) {
		assertThat(this.client.put()
			.uri("/faults")
			.contentType(MediaType.APPLICATION_JSON)
			.body(faults)
			.retrieve()
			.toEntity(OBJECT)
			.getBody()).isEqualTo(faults);
	}

	private double count(String tags) {
		String query = tags.replaceAll("(^|,)", "&tag=");
		ResponseEntity<Map<String, Object>> response = send(HttpMethod.GET,
				"/actuator/metrics/comfydeploy.session.operation?" + query.substring(1), null);
		if (response.getStatusCode().value() == 404) {
			return 0;
		}
		return ((List<?>) response.getBody().get("measurements")).stream()
			.map((measurement) -> (Map<?, ?>) measurement)
			.filter((measurement) -> "COUNT".equals(measurement.get("statistic")))
			.mapToDouble((measurement) -> ((Number) measurement.get("value")).doubleValue())
			.sum();
	}

	private ResponseEntity<Map<String, Object>> send(HttpMethod method, String uri, String body) {
		RestClient.RequestBodySpec request = this.client.method(method).uri(uri);
		if (body != null) {
			request.contentType(MediaType.APPLICATION_JSON).body(body);
		}
		return request.retrieve().toEntity(OBJECT);
	}

}
