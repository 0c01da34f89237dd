package com.comfydeploy.autoconfigure;

import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.Advisor;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.aot.AbstractAotProcessor;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.retry.RetryListener;
import org.springframework.retry.RetryPolicy;
import org.springframework.retry.backoff.BackOffPolicy;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.util.StringUtils;
import org.springframework.web.client.ResponseErrorHandler;
import org.springframework.web.client.RestClient;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.ComfyDeployRestClientCustomizer;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link ComfyDeployAutoConfiguration}: the beans, and the settings that they
 * use.
 */
@ExtendWith(OutputCaptureExtension.class)
class ComfyDeployAutoConfigurationTests {

	private static final String TOKEN = "cd_token_0123456789";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class));

	private final ApplicationContextRunner serverRunner = this.contextRunner
		.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=" + server.baseUrl() + "/api");

	@Test
	void autoConfigurationIsRegisteredWithSpringBoot() {
		assertThat(ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()))
			.contains(ComfyDeployAutoConfiguration.class.getName());
	}

	@Test
	void whenBearerIsSetDefinesEveryBean() {
		this.serverRunner.run((context) -> {
			assertThat(context).hasSingleBean(ComfyDeployConnectionDetails.class)
				.hasSingleBean(SessionOperations.class)
				.hasSingleBean(MachineOperations.class)
				.hasSingleBean(ComfyDeployExceptionTranslator.class);
			ComfyDeployConnectionDetails connectionDetails = context.getBean(ComfyDeployConnectionDetails.class);
			assertThat(connectionDetails.getBaseUrl()).isEqualTo(server.baseUrl() + "/api");
			assertThat(connectionDetails.getBearer()).isEqualTo(TOKEN);
		});
	}

	@Test
	void whenBearerIsMissingBacksOff() {
		this.contextRunner.run(ComfyDeployAutoConfigurationTests::assertNoClient);
	}

	@Test
	void whenProcessedAheadOfTimeTheFirstCallNeedsTheToken() {
		this.contextRunner.withSystemProperties(AbstractAotProcessor.AOT_PROCESSING + "=true")
			.withPropertyValues("comfydeploy.base-url=" + server.baseUrl())
			.run((context) -> assertThatIllegalStateException()
				.isThrownBy(() -> context.getBean(SessionOperations.class).get("s1"))
				.withMessageContaining("comfydeploy.bearer"));
		server.verify(exactly(0), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenProcessedAheadOfTimeConnectionDetailsAreUsed() {
		ComfyDeployConnectionDetails own = details("http://localhost:1", "own");
		this.contextRunner.withSystemProperties(AbstractAotProcessor.AOT_PROCESSING + "=true")
			.withBean(ComfyDeployConnectionDetails.class, () -> own)
			.run((context) -> assertThat(context).getBean(ComfyDeployConnectionDetails.class).isSameAs(own));
	}

	@Test
	void whenProcessedAheadOfTimeAndDisabledBacksOff() {
		this.contextRunner.withSystemProperties(AbstractAotProcessor.AOT_PROCESSING + "=true")
			.withPropertyValues("comfydeploy.enabled=false")
			.run(ComfyDeployAutoConfigurationTests::assertNoClient);
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "\t" })
	void whenBearerIsBlankBacksOff(String blank) {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("blank", Map.of("comfydeploy.bearer", blank))))
			.run(ComfyDeployAutoConfigurationTests::assertNoClient);
	}

	@Test
	void whenBearerIsAnEnvironmentVariableDefinesClient() {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new SystemEnvironmentPropertySource("variables", Map.of("COMFYDEPLOY_BEARER", TOKEN))))
			.run((context) -> {
				assertThat(context).hasSingleBean(SessionOperations.class);
				assertThat(context.getBean(ComfyDeployConnectionDetails.class).getBearer()).isEqualTo(TOKEN);
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "false", "FALSE", "no", "off" })
	void whenDisabledBacksOff(String no) {
		this.serverRunner.withPropertyValues("comfydeploy.enabled=" + no).run((context) -> {
			assertNoClient(context);
			assertThat(context).doesNotHaveBean(ComfyDeployProperties.class).doesNotHaveBean(SanitizingFunction.class);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "true", "TRUE", "yes", "on" })
	void whenEnabledIsSetDefinesClient(String yes) {
		this.serverRunner.withPropertyValues("comfydeploy.enabled=" + yes)
			.run((context) -> assertThat(context).hasSingleBean(SessionOperations.class));
	}

	@Test
	void whenThereIsATokenProviderNoPropertyIsNeeded() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.contextRunner.withPropertyValues("comfydeploy.base-url=" + server.baseUrl())
			.withBean(BearerTokenProvider.class, () -> () -> "provided")
			.run((context) -> {
				assertThat(context).hasSingleBean(ComfyDeployConnectionDetails.class)
					.hasSingleBean(SessionOperations.class);
				assertThat(context.getBean(ComfyDeployConnectionDetails.class).getBearer()).isNull();
				context.getBean(SessionOperations.class).get("s1");
				assertTravelled("provided");
			});
	}

	@Test
	void whenThereIsATokenProviderItPrecedesTheProperty() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.serverRunner.withBean(BearerTokenProvider.class, () -> () -> "provided").run((context) -> {
			context.getBean(SessionOperations.class).get("s1");
			assertTravelled("provided");
		});
	}

	@Test
	void whenThereIsATokenProviderItIsCalledForEachRequest() {
		respondWith(SessionFixtures.SESSION_JSON);
		List<String> tokens = new ArrayList<>(List.of("first", "second"));
		this.serverRunner.withBean(BearerTokenProvider.class, () -> () -> tokens.remove(0)).run((context) -> {
			SessionOperations operations = context.getBean(SessionOperations.class);
			operations.get("s1");
			operations.get("s1");
			assertTravelled("first");
			assertTravelled("second");
		});
	}

	@Test
	void whenThereAreConnectionDetailsPropertiesBackOff() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=http://localhost:1")
			.withBean(ComfyDeployConnectionDetails.class, () -> details(server.baseUrl() + "/own/", "own"))
			.run((context) -> {
				assertThat(context).hasSingleBean(ComfyDeployConnectionDetails.class)
					.hasSingleBean(SessionOperations.class);
				context.getBean(SessionOperations.class).get("s1");
				server.verify(getRequestedFor(urlEqualTo("/own/session/s1")).withHeader("Authorization",
						equalTo("Bearer own")));
			});
	}

	@Test
	void whenThereAreConnectionDetailsNoPropertyIsNeeded() {
		this.contextRunner.withBean(ComfyDeployConnectionDetails.class, () -> details("http://localhost:1", "own"))
			.run((context) -> assertThat(context).hasSingleBean(SessionOperations.class)
				.hasSingleBean(ComfyDeployExceptionTranslator.class));
	}

	@Test
	void whenThereIsATokenProviderItPrecedesTheDetails() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.contextRunner.withBean(ComfyDeployConnectionDetails.class, () -> details(server.baseUrl(), "own"))
			.withBean(BearerTokenProvider.class, () -> () -> "provided")
			.run((context) -> {
				context.getBean(SessionOperations.class).get("s1");
				assertTravelled("provided");
			});
	}

	@Test
	void whenConnectionDetailsHaveNoTokenTheCallSaysSo() {
		this.contextRunner.withBean(ComfyDeployConnectionDetails.class, () -> details(server.baseUrl(), null))
			.run((context) -> assertThatIllegalStateException()
				.isThrownBy(() -> context.getBean(SessionOperations.class).get("s1"))
				.withMessageContaining("comfydeploy.bearer"));
		server.verify(exactly(0), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenThereAreSessionOperationsBacksOff() {
		SessionOperations own = SessionOperationsBuilder.authorizedBy(() -> "own").build();
		this.serverRunner.withBean("own", SessionOperations.class, () -> own)
			.run((context) -> assertThat(context).getBean(SessionOperations.class).isSameAs(own));
	}

	@Test
	void whenThereAreSessionOperationsMachinesUseTheClient() {
		SessionOperations own = SessionOperationsBuilder.authorizedBy(() -> "own").build();
		respondWith("{ \"CPU\": 4.2e-05 }");
		this.serverRunner.withBean("own", SessionOperations.class, () -> own).run((context) -> {
			assertThat(context.getBean(MachineOperations.class).prices()).hasSize(1);
			assertThat(context).getBean(SessionOperations.class).isSameAs(own);
		});
		server.verify(exactly(1), getRequestedFor(urlEqualTo("/api/platform/gpu-pricing")));
	}

	@Test
	void whenThereAreMachineOperationsBacksOff() {
		MachineOperations own = SessionOperationsBuilder.authorizedBy(() -> "own").build().machines();
		this.serverRunner.withBean("own", MachineOperations.class, () -> own)
			.run((context) -> assertThat(context).getBean(MachineOperations.class).isSameAs(own));
	}

	@Test
	void whenMachinesAreUsedAtShutdownTheClientIsOpen() {
		respondWith("{ \"CPU\": 4.2e-05 }");
		PriceWatch[] watch = new PriceWatch[1];
		this.serverRunner.withUserConfiguration(PriceWatch.class)
			.run((context) -> watch[0] = context.getBean(PriceWatch.class));
		assertThat(watch[0].pricesAtTheEnd).isEqualTo(1);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(watch[0].machines::prices);
	}

	@Test
	void whenThereAreSessionOperationsWithoutTokenStarts() {
		SessionOperations own = SessionOperationsBuilder.authorizedBy(() -> "own").build();
		this.contextRunner.withBean("own", SessionOperations.class, () -> own)
			.run((context) -> assertThat(context).hasNotFailed().getBean(SessionOperations.class).isSameAs(own));
	}

	@Test
	void whenThereIsATranslatorItReplacesTheDefault() {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse("{ \"detail\": \"gone\" }", 404)));
		this.serverRunner.withBean("own", ComfyDeployExceptionTranslator.class, () -> TranslatedException::new)
			.run((context) -> {
				assertThat(context).hasSingleBean(ComfyDeployExceptionTranslator.class);
				assertThatExceptionOfType(TranslatedException.class)
					.isThrownBy(() -> context.getBean(SessionOperations.class).get("s1"));
			});
	}

	@Test
	void customizersAreAppliedLastAndInOrder() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.serverRunner.withUserConfiguration(CustomizersConfiguration.class)
			.run((context) -> context.getBean(SessionOperations.class).get("s1"));
		assertThat(server.getAllServeEvents()).singleElement().satisfies((event) -> {
			assertThat(event.getRequest().header("X-Applied").values()).containsExactly("first", "second");
			assertThat(event.getRequest().header("User-Agent").values()).containsExactly("second");
		});
	}

	@Test
	void beansHaveTypesOfThisProject() {
		List<String> before = new ArrayList<>();
		ApplicationContextRunner application = new ApplicationContextRunner()
			.withBean(MeterRegistry.class, SimpleMeterRegistry::new)
			.withBean(ObservationRegistry.class, ObservationRegistry::create);
		application.run((context) -> before.addAll(List.of(context.getBeanDefinitionNames())));
		application.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withPropertyValues("comfydeploy.bearer=" + TOKEN)
			.run((context) -> {
				List<String> ours = new ArrayList<>(List.of(context.getBeanDefinitionNames()));
				ours.removeAll(before);
				ours.removeIf((name) -> name.startsWith("org.springframework.boot.context."));
				assertThat(ours).hasSizeGreaterThan(4).allSatisfy((name) -> {
					Class<?> type = context.getType(name);
					assertThat(type == SanitizingFunction.class || type.getName().startsWith("com.comfydeploy."))
						.as("%s of %s", name, type)
						.isTrue();
				});
				assertThat(List.of(RestClient.class, RestClient.Builder.class, RetryTemplate.class, RetryListener.class,
						RetryPolicy.class, BackOffPolicy.class, MethodInterceptor.class, Advisor.class,
						ObjectMapper.class, tools.jackson.databind.ObjectMapper.class, ResponseErrorHandler.class,
						HttpClient.class, ClientHttpRequestFactory.class, Executor.class, ThreadFactory.class,
						BiConsumer.class))
					.allSatisfy((type) -> assertThat(context.getBeansOfType(type)).as(type.getName()).isEmpty());
			});
	}

	@Test
	void whenThereAreNoRegistriesCallsWork() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.serverRunner.run((context) -> {
			assertThat(context).doesNotHaveBean(ObservationRegistry.class).doesNotHaveBean(MeterRegistry.class);
			assertThat(context.getBean(SessionOperations.class).get("s1").id()).isEqualTo("s1");
		});
	}

	@Test
	void whenMicrometerCoreIsMissingCallsWork() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.serverRunner.withClassLoader(new FilteredClassLoader(MeterRegistry.class)).run((context) -> {
			assertThat(context).doesNotHaveBean(RetryMetrics.class).hasSingleBean(SessionOperations.class);
			assertThat(context.getBean(SessionOperations.class).get("s1").id()).isEqualTo("s1");
		});
	}

	@Test
	void whenActuatorIsMissingCallsWork() {
		respondWith(SessionFixtures.SESSION_JSON);
		this.serverRunner.withClassLoader(new FilteredClassLoader(SanitizingFunction.class)).run((context) -> {
			assertThat(context).doesNotHaveBean("comfyDeployBearerSanitizingFunction");
			assertThat(context.getBean(SessionOperations.class).get("s1").id()).isEqualTo("s1");
		});
	}

	@Test
	void whenThereIsSslAutoConfigurationItRunsFirst() {
		this.serverRunner.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class))
			.run((context) -> assertThat(context).hasSingleBean(SessionOperations.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://api.example.com/api", "HTTP://10.0.0.1:8080", "http://0.0.0.0",
			"http://localhost.example.com" })
	void whenPlainHttpLeavesTheMachineWarnsOnce(String baseUrl, CapturedOutput output) {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=" + baseUrl)
			.run((context) -> assertThat(context).hasSingleBean(SessionOperations.class));
		assertThat(StringUtils.countOccurrencesOf(output.getAll(), "is sent unencrypted")).isEqualTo(1);
		assertThat(output.getAll().lines().filter((line) -> line.contains("is sent unencrypted"))).singleElement()
			.asString()
			.contains("WARN", "comfydeploy.base-url")
			.doesNotContain(TOKEN);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:3011/api", "http://127.0.0.1:3011", "http://127.1.2.3",
			"http://[::1]:80", "https://api.example.com/api" })
	void whenTokenIsLocalOrEncryptedDoesNotWarn(String baseUrl, CapturedOutput output) {
		this.contextRunner.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=" + baseUrl)
			.run((context) -> assertThat(context).hasSingleBean(SessionOperations.class));
		assertThat(output.getAll()).doesNotContain("is sent unencrypted");
	}

	@Test
	void whenContextIsClosedTheClientIsToo() {
		respondWith(SessionFixtures.SESSION_JSON);
		List<SessionOperations> operations = new ArrayList<>();
		this.serverRunner.run((context) -> operations.add(context.getBean(SessionOperations.class)));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> operations.get(0).get("s1"))
			.withMessageContaining("closed");
		server.verify(exactly(0), anyRequestedFor(anyUrl()));
	}

	private static void assertNoClient(ApplicationContext context) {
		assertThat(context.getBeansOfType(ComfyDeployConnectionDetails.class)).isEmpty();
		assertThat(context.getBeansOfType(SessionOperations.class)).isEmpty();
		assertThat(context.getBeansOfType(MachineOperations.class)).isEmpty();
		assertThat(context.getBeansOfType(ComfyDeployExceptionTranslator.class)).isEmpty();
		assertThat(context.getBeansOfType(RetryMetrics.class)).isEmpty();
	}

	private static void respondWith(String json) {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse(json, 200)));
	}

	private static void assertTravelled(String token) {
		server.verify(exactly(1), anyRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer " + token)));
	}

	private static ComfyDeployConnectionDetails details(String baseUrl, String bearer) {
		return new ComfyDeployConnectionDetails() {

			@Override
			public String getBaseUrl() {
				return baseUrl;
			}

			@Override
			public String getBearer() {
				return bearer;
			}

		};
	}

	/** Bean that uses machines while the context is being closed. */
	static class PriceWatch implements DisposableBean {

		private final MachineOperations machines;

		private int pricesAtTheEnd;

		PriceWatch(MachineOperations machines) {
			this.machines = machines;
		}

		@Override
		public void destroy() {
			this.pricesAtTheEnd = this.machines.prices().size();
		}

	}

	private static final class TranslatedException extends ComfyDeployApiException {

		TranslatedException(ApiErrorResponse response) {
			super(response);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class CustomizersConfiguration {

		@Bean
		@Order(2)
		ComfyDeployRestClientCustomizer second() {
			return (builder) -> apply(builder, "second");
		}

		@Bean
		@Order(1)
		ComfyDeployRestClientCustomizer first() {
			return (builder) -> apply(builder, "first");
		}

		private static void apply(RestClient.Builder builder, String name) {
			builder.defaultHeader("User-Agent", name).defaultHeaders((headers) -> headers.add("X-Applied", name));
		}

	}

}
