package com.comfydeploy.client;

import java.util.function.UnaryOperator;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.http.client.observation.DefaultClientRequestObservationConvention;
import org.springframework.web.client.RestClient;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the meters in Prometheus, which accepts only one set of tags for each name.
 */
class PrometheusTests {

	private static final String COUNT = "http_client_requests_seconds_count";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

	private final ObservationRegistry registry = ObservationRegistry.create();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withBean(ObservationRegistry.class, () -> this.registry)
		.withBean(MeterRegistry.class, () -> this.meters)
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + server.baseUrl());

	@BeforeEach
	void stub() {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse("{ \"id\": \"s1\" }", 200)));
		this.registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.meters));
	}

	@Test
	void requestsAreScrapedNextToTheApplications() {
		call(this.contextRunner, (builder) -> builder);
		assertThat(this.meters.scrape().lines()).filteredOn((line) -> line.startsWith(COUNT))
			.hasSize(2)
			.anyMatch((line) -> line.contains("uri=\"/own\""))
			.anyMatch((line) -> line.contains("uri=\"/session/{session_id}\""));
	}

	@Test
	void whenApplicationHasAConventionBothAreScraped() {
		ClientRequestObservationConvention convention = new TaggedConvention();
		call(this.contextRunner.withBean(ClientRequestObservationConvention.class, () -> convention),
				(builder) -> builder.observationConvention(convention));
		assertBothAreScrapedWithTag();
	}

	@Test
	void whenRegistryHasAConventionBothAreScraped() {
		this.registry.observationConfig().observationConvention(new GlobalConvention());
		call(this.contextRunner, (builder) -> builder);
		assertBothAreScrapedWithTag();
	}

	@Test
	void metersHaveHelpTexts() {
		server.stubFor(get(urlEqualTo("/session/busy")).willReturn(status(503)));
		this.contextRunner
			.withPropertyValues("comfydeploy.retry.max-attempts=2", "comfydeploy.retry.initial-interval=0")
			.run((context) -> {
				context.getBeanProvider(MeterFilter.class).forEach(this.meters.config()::meterFilter);
				assertThatExceptionOfType(ComfyDeployException.class)
					.isThrownBy(() -> context.getBean(SessionOperations.class).get("busy"));
				assertThat(this.meters.scrape().lines()).filteredOn((line) -> line.startsWith("# HELP comfydeploy_"))
					.hasSizeGreaterThan(4)
					.allMatch((line) -> line.split(" ", 4).length == 4 && !line.split(" ", 4)[3].isBlank());
			});
	}

	private void assertBothAreScrapedWithTag() {
		assertThat(this.meters.scrape().lines()).filteredOn((line) -> line.startsWith(COUNT))
			.hasSize(2)
			.allMatch((line) -> line.contains("team=\"rendering\""))
			.anyMatch((line) -> line.contains("uri=\"/own\""))
			.anyMatch((line) -> line.contains("uri=\"/session/{session_id}\""));
	}

	/** Make a call after one of the application's own clients. */
	private void call(ApplicationContextRunner application, UnaryOperator<RestClient.Builder> own) {
		application.run((context) -> {
			own.apply(RestClient.builder().observationRegistry(this.registry))
				.build()
				.get()
				.uri(server.baseUrl() + "/own")
				.retrieve()
				.toBodilessEntity();
			context.getBean(SessionOperations.class).get("s1");
		});
	}

	private static class TaggedConvention extends DefaultClientRequestObservationConvention {

		@Override
		public KeyValues getLowCardinalityKeyValues(ClientRequestObservationContext context) {
			return super.getLowCardinalityKeyValues(context).and("team", "rendering");
		}

	}

	private static final class GlobalConvention extends TaggedConvention
			implements GlobalObservationConvention<ClientRequestObservationContext> {

	}

}
