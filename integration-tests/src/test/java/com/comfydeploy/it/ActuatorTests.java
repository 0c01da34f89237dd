package com.comfydeploy.it;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for the endpoint and the health over HTTP, with the packaged jars.
 */
class ActuatorTests {

	private static final ParameterizedTypeReference<Map<String, Object>> OBJECT = new ParameterizedTypeReference<>() {
	};

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private final FakeComfyDeploy fake = FakeComfyDeploy.start();

	private ConfigurableApplicationContext context;

	@AfterEach
	void stop() {
		this.context.close();
		this.fake.close();
	}

	@Test
	@EnabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has Actuator")
	void whenThereIsNoActuatorBothAreMissing() {
		run();
		assertThat(this.context.getBeanNamesForType(SessionLeases.class)).hasSize(1);
		assertThat(this.context.containsBean("comfyDeployEndpoint")).isFalse();
		assertThat(this.context.containsBean("comfydeployHealthContributor")).isFalse();
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no Actuator")
	void healthReportsCallsAndMakesNone() {
		run();
		SessionOperations sessions = this.context.getBean(SessionOperations.class);
		assertThat(health()).containsEntry("status", "UNKNOWN");

		sessions.list();
		assertThat(health()).containsEntry("status", "UP");
		assertThat(details()).containsKey("lastSuccess").containsEntry("operation", "list");

		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> sessions.get(MACHINE));
		assertThat(health()).containsEntry("status", "UP");

		this.fake.fail(Fault.status(401));
		assertThatExceptionOfType(ComfyDeployApiException.Unauthorized.class).isThrownBy(sessions::list);
		assertThat(health()).containsEntry("status", "DEGRADED");
		assertThat(details()).containsEntry("status", 401)
			.containsEntry("reason", "The token was rejected")
			.containsKey("lastSuccess");

		sessions.list();
		assertThat(health()).containsEntry("status", "UP");

		assertThat(this.fake.requests()).as("the calls of this test").hasSize(4);
		this.fake.fail(Fault.drop().always());
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(sessions::list);
		assertThat(health()).containsEntry("status", "DEGRADED");
		assertThat(details()).containsEntry("reason", "ComfyDeploy is not reachable").doesNotContainKey("status");
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no Actuator")
	void degradedComfyDeployLeavesTheApplicationUp() {
		run();
		this.fake.fail(Fault.status(401));
		assertThatExceptionOfType(ComfyDeployApiException.Unauthorized.class)
			.isThrownBy(this.context.getBean(SessionOperations.class)::list);
		ResponseEntity<Map<String, Object>> health = call(HttpMethod.GET, "health");
		assertThat(health.getStatusCode().value()).isEqualTo(200);
		assertThat(health.getBody()).containsEntry("status", "UP");
		assertThat((Map<?, ?>) health.getBody().get("components")).extracting("comfydeploy.status")
			.isEqualTo("DEGRADED");
		assertThat(call(HttpMethod.GET, "health/comfydeploy").getStatusCode().value()).isEqualTo(200);
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no Actuator")
	void degradedCanBeAddedToTheOrder() {
		run("--management.endpoint.health.status.order=down,out-of-service,degraded,up,unknown",
				"--management.endpoint.health.status.http-mapping.degraded=503");
		this.fake.fail(Fault.status(401));
		assertThatExceptionOfType(ComfyDeployApiException.Unauthorized.class)
			.isThrownBy(this.context.getBean(SessionOperations.class)::list);
		ResponseEntity<Map<String, Object>> health = call(HttpMethod.GET, "health");
		assertThat(health.getStatusCode().value()).isEqualTo(503);
		assertThat(health.getBody()).containsEntry("status", "DEGRADED");
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no Actuator")
	void healthAndEndpointCanBeSwitchedOff() {
		run("--management.health.comfydeploy.enabled=false", "--management.endpoint.comfydeploy.access=none");
		assertThat(call(HttpMethod.GET, "health").getStatusCode().value()).isEqualTo(200);
		assertThat(call(HttpMethod.GET, "health/comfydeploy").getStatusCode().value()).isEqualTo(404);
		assertThat(call(HttpMethod.GET, "comfydeploy").getStatusCode().value()).isEqualTo(404);
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no Actuator")
	void endpointShowsLeasesAndClosesOne() {
		run();
		SessionLeases leases = this.context.getBean(SessionLeases.class);
		Instant before = Instant.now();
		SessionLease one = leases.open(CreateSessionRequest.forMachine(MACHINE).build(),
				LeaseOptions.builder().owner("Ada").build());
		SessionLease other = leases.open(CreateSessionRequest.forMachine(MACHINE).build());
		int requests = this.fake.requests().size();

		List<Map<String, Object>> shown = leases();
		assertThat(shown).extracting((lease) -> lease.get("sessionId"))
			.containsExactly(one.sessionId(), other.sessionId());
		assertThat(shown.get(0)).containsEntry("owner", "Ada")
			.containsEntry("gpu", "A10G")
			.containsEntry("url", "******");
		assertThat(Instant.parse((String) shown.get(0).get("since"))).isBetween(before.minusMillis(1), Instant.now());
		assertThat(Instant.parse((String) shown.get(0).get("until"))).isCloseTo(one.expiresAt(),
				within(1, ChronoUnit.MILLIS));
		assertThat(shown.toString()).doesNotContain(one.url());
		assertThat(this.fake.requests()).as("requests to show the leases").hasSize(requests);

		assertThat(call(HttpMethod.DELETE, "comfydeploy/" + one.sessionId()).getStatusCode().value()).isEqualTo(204);
		assertThat(this.fake.requests("cancel")).singleElement()
			.satisfies((cancel) -> assertThat(cancel.path()).contains(one.sessionId()));
		assertThat(leases()).extracting((lease) -> lease.get("sessionId")).containsExactly(other.sessionId());
		assertThat(call(HttpMethod.DELETE, "comfydeploy/" + one.sessionId()).getStatusCode().value()).isEqualTo(404);

		assertThat(call(HttpMethod.POST, "comfydeploy/" + other.sessionId()).getStatusCode().value()).isEqualTo(204);
		assertThat(leases()).isEmpty();
	}

	@SuppressWarnings("unchecked")
	private List<Map<String, Object>> leases() {
		return (List<Map<String, Object>>) call(HttpMethod.GET, "comfydeploy").getBody().get("leases");
	}

	private Map<String, Object> health() {
		return call(HttpMethod.GET, "health/comfydeploy").getBody();
	}

	@SuppressWarnings("unchecked")
	private Map<String, Object> details() {
		return (Map<String, Object>) health().get("details");
	}

	private ResponseEntity<Map<String, Object>> call(HttpMethod method, String path) {
		return ActuatorMeters.client(this.context)
			.method(method)
			.uri(path)
			.retrieve()
			.onStatus((status) -> true, (request, response) -> {
			})
			.toEntity(OBJECT);
	}

	private void run(String... arguments) {
		SpringApplication application = new SpringApplication(SmokeApplication.class);
		application.setDefaultProperties(Map.of("server.port", 0, "management.endpoints.web.exposure.include",
				"health,comfydeploy", "management.endpoint.health.show-details", "always", "comfydeploy.base-url",
				this.fake.getBaseUrl(), "comfydeploy.bearer", this.fake.getBearer(), "comfydeploy.retry.max-attempts",
				2, "comfydeploy.retry.initial-interval", "1ms"));
		this.context = application.run(arguments);
	}

}
