package com.comfydeploy.autoconfigure;

import java.util.ArrayList;
import java.util.List;

import com.github.tomakehurst.wiremock.WireMockServer;
import org.aspectj.lang.ProceedingJoinPoint;
import org.aspectj.lang.annotation.Around;
import org.aspectj.lang.annotation.Aspect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ContextConsumer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;

import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for aspects of an application on the published beans, with class proxies, the
 * default of Spring Boot, and with interface proxies.
 */
class AspectTests {

	private final WireMockServer server = new WireMockServer(options().dynamicPort());

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withPropertyValues("comfydeploy.bearer=secret-token", "comfydeploy.retry.max-attempts=3",
				"comfydeploy.retry.initial-interval=0s");

	@BeforeEach
	void start() {
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop();
	}

	@ParameterizedTest
	@ValueSource(classes = { ClassProxies.class, InterfaceProxies.class })
	void aspectIsCalledForEachPublishedBean(Class<?> configuration) {
		this.server.stubFor(any(anyUrl()).willReturn(okJson("[]")));
		run(configuration, (context) -> {
			context.getBean(SessionOperations.class).list();
			context.getBean(SessionLeases.class).active();
			context.getBean(MachineOperations.class).list();
			context.getBean(ComfyUis.class).at(this.server.baseUrl());
			assertThat(context.getBean(Calls.class).names).contains("ComfyDeployConnectionDetails.getBaseUrl",
					"SessionOperations.list", "SessionLeases.active", "MachineOperations.list", "ComfyUis.at");
		});
		this.server.verify(1, getRequestedFor(urlPathEqualTo("/sessions")));
		this.server.verify(1, getRequestedFor(urlPathEqualTo("/machines")));
	}

	@ParameterizedTest
	@ValueSource(classes = { ClassProxies.class, InterfaceProxies.class })
	void retriesAreUnchangedAndTranslatorIsAdvised(Class<?> configuration) {
		this.server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		run(configuration, (context) -> {
			SessionOperations sessions = context.getBean(SessionOperations.class);
			assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> sessions.get("123"))
				.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(3));
			assertThat(context.getBean(Calls.class).names).containsSubsequence("SessionOperations.get",
					"ComfyDeployExceptionTranslator.translate");
		});
		this.server.verify(3, getRequestedFor(urlPathEqualTo("/session/123")));
	}

	private void run(Class<?> configuration, ContextConsumer<AssertableApplicationContext> consumer) {
		this.contextRunner.withUserConfiguration(configuration)
			.withPropertyValues("comfydeploy.base-url=" + this.server.baseUrl())
			.run((context) -> {
				assertThat(context).hasNotFailed();
				consumer.accept(context);
			});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAspectJAutoProxy(proxyTargetClass = true)
	static class ClassProxies {

		@Bean
		static Calls calls() {
			return new Calls();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAspectJAutoProxy
	static class InterfaceProxies {

		@Bean
		static Calls calls() {
			return new Calls();
		}

	}

	/**
	 * Aspect that records the calls of all beans.
	 */
	@Aspect
	static class Calls {

		private final List<String> names = new ArrayList<>();

		@Around("execution(* com.comfydeploy.session.SessionOperations.*(..))"
				+ " || execution(* com.comfydeploy.machine.MachineOperations.*(..))"
				+ " || execution(* com.comfydeploy.lease.SessionLeases.*(..))"
				+ " || execution(* com.comfydeploy.comfyui.ComfyUis.*(..))"
				+ " || execution(* com.comfydeploy.error.ComfyDeployExceptionTranslator.*(..))"
				+ " || execution(* com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails.*(..))")
		Object record(ProceedingJoinPoint call) throws Throwable {
			Class<?> type = call.getSignature().getDeclaringType();
			this.names.add(List
				.of(SessionOperations.class, MachineOperations.class, SessionLeases.class, ComfyUis.class,
						ComfyDeployExceptionTranslator.class, ComfyDeployConnectionDetails.class)
				.stream()
				.filter((published) -> published.isAssignableFrom(type))
				.findFirst()
				.orElseThrow()
				.getSimpleName() + "." + call.getSignature().getName());
			return call.proceed();
		}

	}

}
