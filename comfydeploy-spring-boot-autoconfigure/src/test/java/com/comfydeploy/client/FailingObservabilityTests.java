package com.comfydeploy.client;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationRegistry.ObservationConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.http.client.observation.DefaultClientRequestObservationConvention;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls in an application whose observability fails.
 */
@ExtendWith(OutputCaptureExtension.class)
class FailingObservabilityTests {

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final MeterRegistry meters = new SimpleMeterRegistry();

	private final ObservationRegistry registry = ObservationRegistry.create();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withBean(ObservationRegistry.class, () -> this.registry)
		.withBean(MeterRegistry.class, () -> this.meters)
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + server.baseUrl(),
				"comfydeploy.retry.initial-interval=0", "comfydeploy.retry.max-interval=0");

	@BeforeEach
	void stub() {
		server.stubFor(post(urlEqualTo("/session")).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		server.stubFor(
				get(urlEqualTo("/session/s1")).willReturn(jsonResponse("{ \"detail\": \"GPUEvent not found\" }", 404)));
	}

	static Stream<Arguments> failures() {
		Named<?> calls = Named.of("calls",
				(Predicate<Observation.Context>) SessionObservationContext.class::isInstance);
		Named<?> requests = Named.of("requests",
				(Predicate<Observation.Context>) ClientRequestObservationContext.class::isInstance);
		// A 404 is not an error of a request
		return Stream.of(FailingPart.values())
			.flatMap((part) -> (part == FailingPart.HANDLER_ERROR) ? Stream.of(Arguments.of(part, calls))
					: Stream.of(Arguments.of(part, calls), Arguments.of(part, requests)));
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenPartOfTheRegistryFailsCallsDoNot(FailingPart part, Predicate<Observation.Context> contexts,
			CapturedOutput output) {
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		part.addTo(this.registry.observationConfig(), contexts);
		this.contextRunner.run((context) -> assertUnaffected(context.getBean(SessionOperations.class)));
		assertThat(warnings(output)).isNotEmpty().doesNotHaveDuplicates();
		// places
	}

	@ParameterizedTest
	@EnumSource
	void whenConventionOfCallsFailsTheDefaultIsUsed(FailingTags tags, CapturedOutput output) {
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		this.contextRunner.withBean(SessionObservationConvention.class, () -> new FailingConvention(tags))
			.run((context) -> assertUnaffected(context.getBean(SessionOperations.class)));
		assertThat(this.meters.get("comfydeploy.session.operation").tag("operation", "create").timer().count())
			.isEqualTo(2);
		assertThat(this.meters.get("comfydeploy.session.operation.active").longTaskTimers())
			.allSatisfy((timer) -> assertThat(timer.activeTasks()).isZero());
		assertThat(warnings(output)).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource
	void whenConventionOfRequestsFailsTheDefaultIsUsed(FailingTags tags, CapturedOutput output) {
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
		this.contextRunner
			.withBean(ClientRequestObservationConvention.class, () -> new FailingClientRequestConvention(tags))
			.run((context) -> assertUnaffected(context.getBean(SessionOperations.class)));
		assertThat(this.meters.get("http.client.requests").tag("uri", "/session").timer().count()).isEqualTo(2);
		assertThat(warnings(output)).hasSize(1);
	}

	@Test
	void whenMetersFailNeitherStartNorCallDoes(CapturedOutput output) {
		server.stubFor(get(urlEqualTo("/session/s1")).willReturn(aResponse().withStatus(503)));
		this.meters.config().onMeterAdded((meter) -> {
			throw new IllegalStateException("no more meters");
		});
		this.contextRunner.withPropertyValues("comfydeploy.retry.max-attempts=3")
			.run((context) -> assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
				.isThrownBy(() -> context.getBean(SessionOperations.class).get("s1")));
		server.verify(exactly(3), getRequestedFor(urlEqualTo("/session/s1")));
		assertThat(warnings(output)).hasSize(3)
			.anyMatch((line) -> line.contains("notify a RetryListener"))
			.anyMatch((line) -> line.contains("register the meters of leases"))
			.anyMatch((line) -> line.contains("register the meters of the lease store"));
	}

	/**
	 * Two calls that succeed and two that fail, below an observation of the application.
	 */
	private void assertUnaffected(SessionOperations operations) {
		Observation around = Observation.start("around", this.registry);
		try (Observation.Scope scope = around.openScope()) {
			for (int i = 0; i < 2; i++) {
				assertThat(operations.create(CreateSessionRequest.forMachine("m1").build()).sessionId())
					.isEqualTo("s1");
				assertThat(this.registry.getCurrentObservationScope()).isSameAs(scope);
				assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> operations.get("s1"))
					.satisfies((ex) -> assertThat(ex.getSuppressed()).isEmpty());
				assertThat(this.registry.getCurrentObservationScope()).isSameAs(scope);
			}
		}
		server.verify(exactly(2), postRequestedFor(urlEqualTo("/session")));
		server.verify(exactly(2), getRequestedFor(urlEqualTo("/session/s1")));
	}

	/** The messages, without time and place. */
	private static List<String> warnings(CapturedOutput output) {
		return output.getOut()
			.lines()
			.filter((line) -> line.contains("WARN"))
			.map((line) -> line.substring(line.indexOf("WARN")))
			.toList();
	}

	/**
	 * Part that an application adds to a registry.
	 */
	enum FailingPart {

		HANDLER_START, HANDLER_ERROR, HANDLER_SCOPE_OPENED, HANDLER_SCOPE_CLOSED, HANDLER_STOP, HANDLER_SUPPORTS,
		HANDLER_EVERYTHING, HANDLER_ERROR_THROWN, PREDICATE, FILTER, FILTER_RETURNS_NULL, CONVENTION,
		CONVENTION_NULL_TAG, CONVENTION_SUPPORTS;

		void addTo(ObservationConfig config, Predicate<Observation.Context> contexts) {
			switch (this) {
				case PREDICATE -> config.observationPredicate((name, context) -> {
					fail(contexts, context);
					return true;
				});
				case FILTER -> config.observationFilter((context) -> {
					fail(contexts, context);
					return context;
				});
				case FILTER_RETURNS_NULL ->
					config.observationFilter((context) -> contexts.test(context) ? null : context);
				case CONVENTION, CONVENTION_NULL_TAG, CONVENTION_SUPPORTS ->
					config.observationConvention(new FailingGlobalConvention(this, contexts));
				default -> config.observationHandler(new FailingHandler(this, contexts));
			}
		}

		void failIf(boolean isPart, Predicate<Observation.Context> contexts, Observation.Context context) {
			if (isPart || this == HANDLER_EVERYTHING) {
				fail(contexts, context);
			}
		}

		private void fail(Predicate<Observation.Context> contexts, Observation.Context context) {
			if (contexts.test(context)) {
				if (this == HANDLER_ERROR_THROWN) {
					throw new NoSuchMethodError("of the application");
				}
				throw new IllegalStateException("of the application");
			}
		}

	}

	/**
	 * Ways to give no tag.
	 */
	enum FailingTags {

		THROWS, NULL, NULL_VALUE;

		KeyValues get() {
			return switch (this) {
				case THROWS -> KeyValues.of("tag", null);
				case NULL -> null;
				case NULL_VALUE -> KeyValues.of(new NullKeyValue());
			};
		}

	}

	private record FailingHandler(FailingPart part,
			Predicate<Observation.Context> contexts) implements ObservationHandler<Observation.Context> {

		@Override
		public void onStart(Observation.Context context) {
			this.part.failIf(this.part == FailingPart.HANDLER_START || this.part == FailingPart.HANDLER_ERROR_THROWN,
					this.contexts, context);
		}

		@Override
		public void onError(Observation.Context context) {
			this.part.failIf(this.part == FailingPart.HANDLER_ERROR, this.contexts, context);
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			this.part.failIf(this.part == FailingPart.HANDLER_SCOPE_OPENED, this.contexts, context);
		}

		@Override
		public void onScopeClosed(Observation.Context context) {
			this.part.failIf(this.part == FailingPart.HANDLER_SCOPE_CLOSED, this.contexts, context);
		}

		@Override
		public void onStop(Observation.Context context) {
			this.part.failIf(this.part == FailingPart.HANDLER_STOP, this.contexts, context);
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			if (this.part == FailingPart.HANDLER_SUPPORTS) {
				this.part.failIf(true, this.contexts, context);
			}
			return true;
		}

	}

	private record FailingGlobalConvention(FailingPart part,
			Predicate<Observation.Context> contexts) implements GlobalObservationConvention<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			if (this.part == FailingPart.CONVENTION_SUPPORTS) {
				this.part.failIf(true, this.contexts, context);
			}
			return this.contexts.test(context);
		}

		@Override
		public String getName() {
			return "convention";
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(Observation.Context context) {
			if (this.part == FailingPart.CONVENTION) {
				this.part.failIf(true, this.contexts, context);
			}
			return KeyValues.of("tag", null);
		}

	}

	private record FailingConvention(FailingTags tags) implements SessionObservationConvention {

		@Override
		public KeyValues getLowCardinalityKeyValues(SessionObservationContext context) {
			return this.tags.get();
		}

	}

	private static final class FailingClientRequestConvention extends DefaultClientRequestObservationConvention {

		private final FailingTags tags;

		FailingClientRequestConvention(FailingTags tags) {
			this.tags = tags;
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(ClientRequestObservationContext context) {
			return this.tags.get();
		}

	}

	private static final class NullKeyValue implements KeyValue {

		@Override
		public String getKey() {
			return "tag";
		}

		@Override
		public String getValue() {
			return null;
		}

	}

}
