package com.comfydeploy.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.client.ScenarioMappingBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.LongTaskTimer;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.http.client.observation.ClientRequestObservationContext;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for the observations of a call: its timer, its retries and its requests.
 */
class SessionObservationTests {

	private static final String TOKEN = "cd_observed_0123456789";

	private static final String SESSION_ID = "5a4d3c2b-0000-4000-8000-000000000001";

	private static final String MACHINE_ID = "5a4d3c2b-0000-4000-8000-000000000002";

	private static final String SESSION = """
			{ "id": "%1$s", "session_id": "%1$s", "status": "running", "url": "https://tunnel.example.com/secret" }
			""".formatted(SESSION_ID);

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final MeterRegistry meters = new SimpleMeterRegistry();

	private final RecordingHandler recorded = new RecordingHandler();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withBean(MeterRegistry.class, () -> this.meters)
		.withBean(ObservationRegistry.class, this::observationRegistry)
		.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=" + server.baseUrl() + "/api",
				"comfydeploy.retry.max-attempts=3", "comfydeploy.retry.initial-interval=0",
				"comfydeploy.retry.max-interval=0");

	@Test
	void successIsOneSampleWithEveryTag() {
		respondWith(jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		assertOnlySample("get", "SUCCESS", "200", "none");
	}

	@Test
	void everyOperationHasItsName() {
		respondWith(jsonResponse("{ \"session_id\": \"" + SESSION_ID + "\", \"url\": null }", 200));
		run((operations) -> operations.create(CreateSessionRequest.forMachine(MACHINE_ID).build()));
		run((operations) -> operations
			.increaseTimeout(new IncreaseTimeoutRequest(MACHINE_ID, SESSION_ID, Duration.ofMinutes(5), Gpu.A10G)));
		run((operations) -> operations.cancel(SESSION_ID));
		run((operations) -> operations.cancel(SESSION_ID, true));
		respondWith(jsonResponse("[" + SESSION + "]", 200));
		run(SessionOperations::list);
		run((operations) -> operations.list(MACHINE_ID));
		assertThat(operationTimers()).hasSize(4)
			.allSatisfy((timer) -> assertThat(tags(timer)).containsEntry("outcome", "SUCCESS"));
		assertThat(countOf("create")).isEqualTo(1);
		assertThat(countOf("increase-timeout")).isEqualTo(1);
		assertThat(countOf("cancel")).isEqualTo(2);
		assertThat(countOf("list")).isEqualTo(2);
	}

	@Test
	void machinesHaveOperationsOfTheirOwn() {
		respondWith(jsonResponse("[]", 200));
		this.contextRunner.run((context) -> {
			MachineOperations machines = context.getBean(MachineOperations.class);
			machines.list();
			machines.findByName("sdxl");
			machines.events(MACHINE_ID);
			respondWith(jsonResponse("{}", 200));
			machines.prices();
			assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(() -> machines.get(MACHINE_ID));
		});
		assertThat(countOf("machine-list")).isEqualTo(2);
		assertThat(countOf("machine-events")).isEqualTo(1);
		assertThat(countOf("machine-prices")).isEqualTo(1);
		assertThat(countOf("machine-get")).isEqualTo(1);
	}

	@Test
	void whenSessionIsUnknownOutcomeIsClientError() {
		respondWith(jsonResponse("{ \"detail\": \"Session not found\" }", 404));
		runFailing(ComfyDeployApiException.NotFound.class, (operations) -> operations.get(SESSION_ID));
		assertOnlySample("get", "CLIENT_ERROR", "404", "NotFound");
	}

	@Test
	void whenRequestDoesNotValidateOutcomeIsClientError() {
		respondWith(jsonResponse("""
				{ "detail": [ { "type": "missing", "loc": [ "body", "gpu" ], "msg": "Field required" } ] }
				""", 422));
		runFailing(HttpValidationException.class,
				(operations) -> operations.create(CreateSessionRequest.forMachine(MACHINE_ID).build()));
		assertOnlySample("create", "CLIENT_ERROR", "422", "HttpValidationException");
	}

	@Test
	void whenServerRedirectsOutcomeIsRedirection() {
		respondWith(aResponse().withStatus(307).withHeader("Location", server.baseUrl() + "/elsewhere"));
		runFailing(ComfyDeployApiException.class, (operations) -> operations.get(SESSION_ID));
		assertOnlySample("get", "REDIRECTION", "307", "ComfyDeployApiException");
	}

	@Test
	void whenRetriesAreUsedUpTheCallIsStillOneSample() {
		respondWith(aResponse().withStatus(503));
		runFailing(ComfyDeployApiException.ServerError.class, (operations) -> operations.get(SESSION_ID));
		server.verify(exactly(3), anyRequestedFor(anyUrl()));
		assertOnlySample("get", "SERVER_ERROR", "503", "ServerError");
		assertThat(retries("get", "503")).isEqualTo(2);
	}

	@Test
	void whenRetryHelpsTheSampleIsASuccess() {
		respondWith(aResponse().withStatus(503), jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		assertOnlySample("get", "SUCCESS", "200", "none");
		assertThat(retries("get", "503")).isEqualTo(1);
	}

	@Test
	void sampleCoversTheWaitsBetweenAttempts() {
		respondWith(aResponse().withStatus(503).withHeader("Retry-After", "1"), jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		assertThat(operationTimers()).singleElement()
			.satisfies((timer) -> assertThat(timer.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(1000));
	}

	@Test
	void whenConnectionIsRefusedStatusIsNone() {
		String nobody = "http://localhost:" + SocketServer.unusedPort();
		this.contextRunner.withPropertyValues("comfydeploy.base-url=" + nobody)
			.run((context) -> assertThatExceptionOfType(ComfyDeployTransportException.class)
				.isThrownBy(() -> context.getBean(SessionOperations.class).get(SESSION_ID)));
		assertOnlySample("get", "UNKNOWN", "none", "ComfyDeployTransportException");
		assertThat(retries("get", "io")).isEqualTo(2);
	}

	@Test
	void whenConnectionBreaksAfterAResponseStatusIsNone() {
		respondWith(aResponse().withStatus(503), aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER));
		runFailing(ComfyDeployTransportException.class, (operations) -> operations.cancel(SESSION_ID));
		assertOnlySample("cancel", "UNKNOWN", "none", "ComfyDeployTransportException");
		assertThat(retries("cancel", "503")).isEqualTo(1);
		assertThat(retries("cancel", "io")).isEqualTo(1);
	}

	@Test
	void whenSuccessIsUnreadableStatusIsRealAndOutcomeUnknown() {
		respondWith(jsonResponse("{ \"id\": null }", 200));
		runFailing(UnreadableResponseException.class, (operations) -> operations.get(SESSION_ID));
		assertOnlySample("get", "UNKNOWN", "200", "UnreadableResponseException");
	}

	@Test
	void whenCancelSucceedsByANotFoundStatusIsRealAndOutcomeSuccess() {
		respondWith(aResponse().withStatus(503), jsonResponse("{ \"detail\": \"Session not found\" }", 404));
		run((operations) -> assertThat(operations.cancel(SESSION_ID)).isTrue());
		assertOnlySample("cancel", "SUCCESS", "404", "none");
		assertThat(retries("cancel", "503")).isEqualTo(1);
	}

	@Test
	void whenCancelFindsNoContainerOutcomeIsClientError() {
		respondWith(jsonResponse("{ \"detail\": \"Modal function id not found\" }", 400));
		run((operations) -> assertThat(operations.cancel(SESSION_ID)).isFalse());
		assertOnlySample("cancel", "CLIENT_ERROR", "400", "none");
	}

	@Test
	void whenFindFindsNothingStatusIsRealAndOutcomeSuccess() {
		respondWith(jsonResponse("{ \"detail\": \"GPUEvent not found\" }", 404));
		run((operations) -> assertThat(operations.find(SESSION_ID)).isEmpty());
		assertOnlySample("get", "SUCCESS", "404", "none");
	}

	@Test
	void whenNotFoundOfAFindIsNotOfTheApiOutcomeIsClientError() {
		respondWith(jsonResponse("{ \"detail\": \"Not Found\" }", 404));
		runFailing(ComfyDeployApiException.NotFound.class, (operations) -> operations.find(SESSION_ID));
		assertOnlySample("get", "CLIENT_ERROR", "404", "NotFound");
	}

	@Test
	void whenServerIsBusyRetryOfCreateIsCounted() {
		respondWith(aResponse().withStatus(429), jsonResponse("{ \"session_id\": \"" + SESSION_ID + "\" }", 200));
		run((operations) -> operations.create(CreateSessionRequest.forMachine(MACHINE_ID).build()));
		assertThat(retries("create", "429")).isEqualTo(1);
		assertOnlySample("create", "SUCCESS", "200", "none");
	}

	@Test
	void whenNothingIsRetriedNoRetryIsCounted() {
		respondWith(jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		assertThat(this.meters.find("comfydeploy.session.retries").counters()).isEmpty();
	}

	@Test
	void everyAttemptIsARequestOfItsOwnBelowTheCall() {
		respondWith(aResponse().withStatus(503), jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		List<Timer> requests = List.copyOf(this.meters.find("http.client.requests").timers());
		assertThat(requests).hasSize(2)
			.allSatisfy((timer) -> assertThat(timer.count()).isEqualTo(1))
			.allSatisfy((timer) -> assertThat(tags(timer)).containsEntry("uri", "/api/session/{session_id}")
				.containsEntry("method", "GET"));
		assertThat(requests).extracting((timer) -> tags(timer).get("status")).containsExactlyInAnyOrder("503", "200");
		assertThat(this.recorded.requests).hasSize(2)
			.allSatisfy((context) -> assertThat(context.getParentObservation()).isNotNull()
				.satisfies((parent) -> assertThat(parent.getContextView().getName())
					.isEqualTo("comfydeploy.session.operation")));
	}

	@Test
	void callIsAChildOfTheObservationAroundIt() {
		respondWith(jsonResponse(SESSION, 200));
		this.contextRunner.run((context) -> {
			Observation around = Observation.start("around", context.getBean(ObservationRegistry.class));
			around.scoped((Runnable) () -> context.getBean(SessionOperations.class).get(SESSION_ID));
			around.stop();
		});
		assertThat(this.recorded.calls).singleElement()
			.satisfies((context) -> assertThat(context.getParentObservation()).isNotNull()
				.satisfies((parent) -> assertThat(parent.getContextView().getName()).isEqualTo("around")));
	}

	@Test
	void whenConventionIsDefinedItReplacesNameAndTags() {
		respondWith(jsonResponse("{ \"detail\": \"Session not found\" }", 404));
		this.contextRunner.withBean(SessionObservationConvention.class, CustomConvention::new)
			.run((context) -> assertThatExceptionOfType(ComfyDeployApiException.class)
				.isThrownBy(() -> context.getBean(SessionOperations.class).get(SESSION_ID)));
		assertThat(operationTimers()).isEmpty();
		assertThat(this.meters.get("my.calls").timers()).singleElement()
			.satisfies((timer) -> assertThat(tags(timer)).containsOnly(Map.entry("call", "get 404"),
					Map.entry("error", "NotFound")));
	}

	@Test
	void whenArgumentIsRejectedNoMeterMoves() {
		run((operations) -> {
			assertThatIllegalArgumentException().isThrownBy(() -> operations.get(" "));
			assertThatIllegalArgumentException().isThrownBy(() -> operations.list(".."));
			assertThatIllegalArgumentException().isThrownBy(() -> operations.cancel("."));
			assertThatIllegalArgumentException().isThrownBy(() -> operations.cancel("", true));
			assertThatIllegalArgumentException().isThrownBy(() -> operations.create(null));
			assertThatIllegalArgumentException().isThrownBy(() -> operations.increaseTimeout(null));
		});
		assertThat(this.meters.getMeters()).isNotEmpty().allSatisfy((meter) -> {
			assertThat(meter.getId().getName()).isIn("comfydeploy.session.leases", "comfydeploy.session.lease.events",
					"comfydeploy.session.lease.refusals");
			assertThat(meter.measure()).allSatisfy((measurement) -> assertThat(measurement.getValue()).isZero());
		});
		server.verify(exactly(0), anyRequestedFor(anyUrl()));
	}

	@Test
	void callInProgressIsActive() {
		respondWith(jsonResponse(SESSION, 200));
		List<Integer> active = new ArrayList<>();
		this.contextRunner.withBean(ComfyDeployRestClientCustomizer.class,
				() -> (builder) -> builder.requestInterceptor((request, body, execution) -> {
					LongTaskTimer timer = this.meters.find("comfydeploy.session.operation.active").longTaskTimer();
					active.add((timer != null) ? timer.activeTasks() : 0);
					return execution.execute(request, body);
				}))
			.run((context) -> context.getBean(SessionOperations.class).get(SESSION_ID));
		assertThat(active).containsExactly(1);
		assertThat(this.meters.get("comfydeploy.session.operation.active").longTaskTimer().activeTasks()).isZero();
	}

	@Test
	void noTagHoldsAnIdAUrlOrTheToken() {
		respondWith(aResponse().withStatus(503), jsonResponse(SESSION, 200));
		run((operations) -> operations.get(SESSION_ID));
		respondWith(jsonResponse("[" + SESSION + "]", 200));
		run((operations) -> operations.list(MACHINE_ID));
		respondWith(jsonResponse("{ \"detail\": \"" + SESSION_ID + " " + TOKEN + "\" }", 404));
		runFailing(ComfyDeployException.class, (operations) -> operations.cancel(SESSION_ID, true));
		assertThat(this.meters.getMeters()).hasSizeGreaterThan(4);
		for (Meter meter : this.meters.getMeters()) {
			assertThat(meter.getId().getTags()).as(meter.getId().toString())
				.extracting(Tag::getValue)
				.noneMatch((value) -> value.contains(SESSION_ID) || value.contains(MACHINE_ID) || value.contains(TOKEN)
						|| value.contains("://"));
		}
		assertThat(this.recorded.calls).isNotEmpty()
			.allSatisfy((context) -> assertThat(context.getAllKeyValues()).extracting(KeyValue::getValue)
				.noneMatch((value) -> value.contains(TOKEN)));
		assertThat(this.recorded.requests).isNotEmpty()
			.allSatisfy((context) -> assertThat(context.getAllKeyValues()).extracting(KeyValue::getValue)
				.noneMatch((value) -> value.contains(TOKEN)));
	}

	private void run(Consumer<SessionOperations> call) {
		this.contextRunner.run((context) -> call.accept(context.getBean(SessionOperations.class)));
	}

	private void runFailing(Class<? extends ComfyDeployException> failure, Consumer<SessionOperations> call) {
		run((operations) -> assertThatExceptionOfType(failure).isThrownBy(() -> call.accept(operations)));
	}

	/** The last response is that of all further requests. */
	private static void respondWith(ResponseDefinitionBuilder... responses) {
		server.resetAll();
		String state = Scenario.STARTED;
		for (int i = 0; i < responses.length; i++) {
			String next = "after " + (i + 1);
			ScenarioMappingBuilder mapping = any(anyUrl()).inScenario("responses").whenScenarioStateIs(state);
			server.stubFor(
					((i < responses.length - 1) ? mapping.willSetStateTo(next) : mapping).willReturn(responses[i]));
			state = next;
		}
	}

	private ObservationRegistry observationRegistry() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig()
			.observationHandler(new DefaultMeterObservationHandler(this.meters))
			.observationHandler(this.recorded);
		return registry;
	}

	private List<Timer> operationTimers() {
		return List.copyOf(this.meters.find("comfydeploy.session.operation").timers());
	}

	private long countOf(String operation) {
		return this.meters.get("comfydeploy.session.operation").tag("operation", operation).timer().count();
	}

	private double retries(String operation, String reason) {
		return this.meters.get("comfydeploy.session.retries")
			.tags("operation", operation, "reason", reason)
			.counter()
			.count();
	}

	private void assertOnlySample(String operation, String outcome, String status, String exception) {
		assertThat(operationTimers()).singleElement().satisfies((timer) -> {
			assertThat(timer.count()).isEqualTo(1);
			assertThat(tags(timer)).containsOnly(Map.entry("operation", operation), Map.entry("outcome", outcome),
					Map.entry("status", status), Map.entry("exception", exception), Map.entry("error", exception));
		});
	}

	private static Map<String, String> tags(Meter meter) {
		Map<String, String> tags = new HashMap<>();
		meter.getId().getTags().forEach((tag) -> tags.put(tag.getKey(), tag.getValue()));
		return tags;
	}

	private static final class CustomConvention implements SessionObservationConvention {

		@Override
		public String getName() {
			return "my.calls";
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(SessionObservationContext context) {
			return KeyValues.of("call", context.getOperation() + " " + context.getStatusCode());
		}

	}

	private static final class RecordingHandler implements ObservationHandler<Observation.Context> {

		private final List<SessionObservationContext> calls = new CopyOnWriteArrayList<>();

		private final List<ClientRequestObservationContext> requests = new CopyOnWriteArrayList<>();

		@Override
		public void onStop(Observation.Context context) {
			if (context instanceof SessionObservationContext call) {
				this.calls.add(call);
			}
			else if (context instanceof ClientRequestObservationContext request) {
				this.requests.add(request);
			}
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
