package com.comfydeploy.autoconfigure;

import java.lang.reflect.Method;
import java.time.Duration;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.Lifecycle;
import org.springframework.context.SmartLifecycle;
import org.springframework.util.ReflectionUtils;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.Mockito.mock;

/**
 * Tests for the leases of {@link ComfyDeployAutoConfiguration}.
 */
class LeaseAutoConfigurationTests {

	private static final CreateSessionRequest REQUEST = CreateSessionRequest.forMachine("m1").build();

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final ApplicationContextRunner withoutToken = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class));

	private final ApplicationContextRunner contextRunner = this.withoutToken
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + server.baseUrl());

	@Test
	void whenContextIsPausedLeasesAreNot() {
		Method pause = ReflectionUtils.findMethod(ConfigurableApplicationContext.class, "pause");
		assumeTrue(pause != null, "Spring Framework 6 does not pause contexts");
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withPropertyValues("comfydeploy.bearer=cd_token")
			.run((context) -> {
				ReflectionUtils.invokeMethod(pause, context.getSourceApplicationContext());
				assertThat(((Lifecycle) context.getBean(SessionLeases.class)).isRunning()).isTrue();
			});
	}

	@Test
	void whenThereAreOperationsDefinesLeases() {
		this.contextRunner.run((context) -> assertThat(context).hasSingleBean(SessionLeases.class));
	}

	@Test
	void whenThereAreOwnOperationsDefinesLeases() {
		this.withoutToken
			.withBean(SessionOperations.class, () -> SessionOperationsBuilder.authorizedBy(() -> "own").build())
			.run((context) -> assertThat(context).hasSingleBean(SessionLeases.class));
	}

	@Test
	void whenThereAreNoOperationsBacksOff() {
		this.withoutToken.run((context) -> assertThat(context).doesNotHaveBean(SessionLeases.class)
			.doesNotHaveBean(LeaseMetrics.class));
		this.contextRunner.withPropertyValues("comfydeploy.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(SessionLeases.class));
	}

	@Test
	void whenThereAreSeveralOperationsBacksOff() {
		this.withoutToken
			.withBean("one", SessionOperations.class, () -> SessionOperationsBuilder.authorizedBy(() -> "1").build())
			.withBean("other", SessionOperations.class, () -> SessionOperationsBuilder.authorizedBy(() -> "2").build())
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionLeases.class));
	}

	@Test
	void whenThereAreOwnLeasesBacksOff() {
		SessionLeases own = mock(SessionLeases.class);
		this.contextRunner.withBean("own", SessionLeases.class, () -> own)
			.run((context) -> assertThat(context).getBean(SessionLeases.class).isSameAs(own));
	}

	@Test
	void leasesAreClosedAfterEverythingElse() {
		this.contextRunner.run((context) -> {
			SmartLifecycle lifecycle = (SmartLifecycle) context.getBean(SessionLeases.class);
			assertThat(lifecycle.isRunning()).isTrue();
			assertThat(lifecycle.getPhase()).isLessThan(SmartLifecycle.DEFAULT_PHASE - 2048);
		});
	}

	@Test
	void leaseIsCountedAndClosedWithTheContext() {
		stub();
		this.contextRunner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run((context) -> {
			MeterRegistry registry = context.getBean(MeterRegistry.class);
			assertThat(registry.get("comfydeploy.session.leases").gauge().value()).isZero();
			SessionLease lease = context.getBean(SessionLeases.class).open(REQUEST);
			assertThat(lease.url()).isEqualTo("https://s1");
			assertThat(registry.get("comfydeploy.session.leases").gauge().value()).isEqualTo(1);
			assertThat(registry.get("comfydeploy.session.leases").gauge().getId().getTags()).isEmpty();
		});
		server.verify(exactly(1), deleteRequestedFor(urlEqualTo("/session/s1")));
		server.verify(postRequestedFor(urlEqualTo("/session"))
			.withRequestBody(equalToJson("{ \"machine_id\": \"m1\", \"timeout\": 5 }")));
	}

	@Test
	void whenBeansAreLazyLeaseIsClosedWithTheContext() {
		stub();
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> context.getBean(SessionLeases.class).open(REQUEST));
		server.verify(exactly(1), deleteRequestedFor(urlEqualTo("/session/s1")));
	}

	@Test
	void whenMicrometerCoreIsMissingLeasesWork() {
		stub();
		this.contextRunner.withClassLoader(new FilteredClassLoader(MeterRegistry.class)).run((context) -> {
			assertThat(context).doesNotHaveBean(LeaseMetrics.class);
			assertThat(context.getBean(SessionLeases.class).open(REQUEST).isOpen()).isTrue();
		});
	}

	@Test
	void propertiesTakeEffect() {
		stub();
		this.contextRunner
			.withPropertyValues("comfydeploy.lease.extension=7m", "comfydeploy.lease.renew-before=10s",
					"comfydeploy.lease.max-lifetime=8m", "comfydeploy.lease.ready-timeout=1m",
					"comfydeploy.lease.shutdown-timeout=5s")
			.run((context) -> {
				SessionLeases leases = context.getBean(SessionLeases.class);
				leases.open(REQUEST).close();
				server.resetScenarios();
				leases.open(REQUEST, LeaseOptions.builder().extension(Duration.ofMinutes(9)).build()).close();
				assertThatIllegalArgumentException().isThrownBy(() -> leases
					.open(CreateSessionRequest.forMachine("m1").timeout(Duration.ofMinutes(9)).build()));
				assertThatIllegalArgumentException().isThrownBy(
						() -> leases.open(REQUEST, LeaseOptions.builder().renewBefore(Duration.ofMinutes(7)).build()));
			});
		server.verify(exactly(1), postRequestedFor(urlEqualTo("/session"))
			.withRequestBody(equalToJson("{ \"machine_id\": \"m1\", \"timeout\": 7 }")));
		server.verify(exactly(1), postRequestedFor(urlEqualTo("/session"))
			.withRequestBody(equalToJson("{ \"machine_id\": \"m1\", \"timeout\": 8 }")));
	}

	@Test
	void createOfALeaseIsNotRepeatedWhenOtherCreatesAre() {
		server.stubFor(post(urlEqualTo("/session")).willReturn(jsonResponse("{ \"detail\": \"late\" }", 504)));
		this.contextRunner
			.withPropertyValues("comfydeploy.retry.retry-non-idempotent=true", "comfydeploy.retry.initial-interval=0s")
			.run((context) -> {
				assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
					.isThrownBy(() -> context.getBean(SessionLeases.class).open(REQUEST))
					.withMessageContaining("list(machineId)")
					.matches(ComfyDeployException::isOutcomeUnknown);
				server.verify(exactly(1), postRequestedFor(urlEqualTo("/session")));
				assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
					.isThrownBy(() -> context.getBean(SessionOperations.class).create(REQUEST));
				server.verify(exactly(6), postRequestedFor(urlEqualTo("/session")));
			});
	}

	private static void stub() {
		String session = "{ \"id\": \"s1\", \"session_id\": \"s1\", \"url\": \"https://s1\" }";
		server.stubFor(post(urlEqualTo("/session")).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		server.stubFor(get(urlEqualTo("/session/s1")).inScenario("closing")
			.whenScenarioStateIs(Scenario.STARTED)
			.willReturn(jsonResponse(session, 200)));
		server.stubFor(delete(urlEqualTo("/session/s1")).inScenario("closing")
			.willSetStateTo("gone")
			.willReturn(jsonResponse("{ \"success\": true }", 200)));
		server.stubFor(get(urlEqualTo("/session/s1")).inScenario("closing")
			.whenScenarioStateIs("gone")
			.willReturn(jsonResponse("{ \"detail\": \"GPUEvent not found\" }", 404)));
	}

}
