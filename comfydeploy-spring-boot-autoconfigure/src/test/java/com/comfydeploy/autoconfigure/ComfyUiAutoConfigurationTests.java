package com.comfydeploy.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import com.comfydeploy.comfyui.ComfyUi;
import com.comfydeploy.comfyui.ComfyUiUnavailableException;
import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.comfyui.SessionEndedException;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.SessionLostException;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests for {@link ComfyUiConfiguration}.
 */
class ComfyUiAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withPropertyValues("comfydeploy.retry.initial-interval=1ms");

	private final WireMockServer server = new WireMockServer(options().dynamicPort());

	@BeforeEach
	void start() {
		this.server.start();
		this.server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		this.server.stubFor(get("/system_stats").willReturn(okJson("{\"system\":{\"comfyui_version\":\"0.33.0\"}}")));
		this.server.stubFor(
				get(urlPathMatching("/api/jobs/.*")).willReturn(okJson("{\"id\":\"1\",\"status\":\"in_progress\"}")));
	}

	@AfterEach
	void stop() {
		this.server.stop();
	}

	@Test
	void comfyUisNeedNoToken() {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(ComfyUis.class).doesNotHaveBean(SessionLeases.class);
			assertThat(context.getBean(ComfyUis.class).at(this.server.baseUrl()).stats().version()).isEqualTo("0.33.0");
		});
	}

	@Test
	void whenDisabledThereAreNone() {
		this.runner.withPropertyValues("comfydeploy.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(ComfyUis.class));
	}

	@Test
	void whenThereAreComfyUisBacksOff() {
		ComfyUis own = (url) -> mock(ComfyUi.class);
		this.runner.withBean(ComfyUis.class, () -> own)
			.run((context) -> assertThat(context).getBean(ComfyUis.class).isSameAs(own));
	}

	@Test
	void whenAPropertyIsInvalidTheStartFails() {
		this.runner.withPropertyValues("comfydeploy.read-timeout=0s")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("comfydeploy.read-timeout"));
	}

	@Test
	void sslBundleOfTheApiIsNotThatOfSessions() {
		this.runner.withPropertyValues("comfydeploy.ssl.bundle=missing")
			.run((context) -> assertThat(context.getBean(ComfyUis.class).at(this.server.baseUrl()).stats().version())
				.isEqualTo("0.33.0"));
	}

	@Test
	void retriesAreThoseOfTheProperties() {
		this.runner.withPropertyValues("comfydeploy.retry.max-attempts=3").run((context) -> {
			this.server.stubFor(get("/system_stats").willReturn(aResponse().withStatus(503)));
			ComfyUi comfyUi = context.getBean(ComfyUis.class).at(this.server.baseUrl());
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(comfyUi::stats)
				.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(3));
		});
	}

	@Test
	void waitEndsWithTheFailureOfTheLease() {
		String url = this.server.baseUrl();
		AtomicBoolean open = new AtomicBoolean(true);
		SessionLease lease = mock();
		given(lease.sessionId()).willReturn("s1");
		given(lease.url()).willReturn(url);
		given(lease.isOpen()).willAnswer((invocation) -> open.get());
		SessionLeases leases = mock();
		given(leases.active()).willReturn(List.of(lease));
		SessionLostException failure = new SessionLostException("s1", "it is gone");
		given(lease.failure()).willReturn(failure);
		this.runner.withBean(SessionLeases.class, () -> leases).run((context) -> {
			ComfyUi comfyUi = context.getBean(ComfyUis.class).at(url);
			this.server.stubFor(get(urlPathMatching("/api/jobs/.*")).willReturn(aResponse().withStatus(404)));
			open.set(false);
			assertThatExceptionOfType(SessionEndedException.class)
				.isThrownBy(() -> comfyUi.await("p1", Duration.ofMinutes(10)))
				.withMessage(
						"comfyui-await failed: session s1 has ended: its lease was lost. Prompt p1 has ended with it")
				.withCause(failure)
				.satisfies((ex) -> assertThat(ex.getSessionId()).isEqualTo("s1"));
		});
	}

	@Test
	void callsAreMeasuredWithTheTagsOfSessionCalls() {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		this.runner.withBean(MeterRegistry.class, () -> meters)
			.withBean(ObservationRegistry.class, () -> registry(new DefaultMeterObservationHandler(meters)))
			.run((context) -> {
				ComfyUi comfyUi = context.getBean(ComfyUis.class).at(this.server.baseUrl());
				comfyUi.stats();
				assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(comfyUi::freeMemory);
			});
		assertThat(meters.get("comfydeploy.comfyui.operation")
			.tags("operation", "comfyui-stats", "outcome", "SUCCESS", "status", "200", "exception", "none", "error",
					"none")
			.timer()
			.count()).isEqualTo(1);
		assertThat(meters.get("comfydeploy.comfyui.operation")
			.tags("operation", "comfyui-free", "outcome", "SERVER_ERROR", "status", "503", "exception",
					"ComfyUiUnavailableException", "error", "ComfyUiUnavailableException")
			.timer()
			.count()).isEqualTo(1);
	}

	@Test
	void handlerThatFailsChangesNothing() {
		ObservationRegistry registry = registry(new FailingHandler());
		this.runner.withBean(ObservationRegistry.class, () -> registry).run((context) -> {
			ComfyUi comfyUi = context.getBean(ComfyUis.class).at(this.server.baseUrl());
			assertThat(comfyUi.stats().version()).isEqualTo("0.33.0");
			assertThat(registry.getCurrentObservation()).isNull();
		});
	}

	private static ObservationRegistry registry(ObservationHandler<Observation.Context> handler) {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(handler);
		return registry;
	}

	private static final class FailingHandler implements ObservationHandler<Observation.Context> {

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

		@Override
		public void onStart(Observation.Context context) {
			throw new IllegalStateException("start");
		}

		@Override
		public void onScopeOpened(Observation.Context context) {
			throw new IllegalStateException("scope");
		}

		@Override
		public void onStop(Observation.Context context) {
			throw new IllegalStateException("stop");
		}

	}

}
