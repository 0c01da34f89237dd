package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.jsontype.impl.LaissezFaireSubTypeValidator;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.micrometer.observation.ObservationRegistry;
import org.aopalliance.intercept.MethodInterceptor;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpInputMessage;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.http.converter.AbstractHttpMessageConverter;
import org.springframework.http.converter.HttpMessageConverter;
import org.springframework.retry.RetryCallback;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryListener;
import org.springframework.retry.annotation.Backoff;
import org.springframework.retry.annotation.EnableRetry;
import org.springframework.retry.annotation.RetryConfiguration;
import org.springframework.retry.annotation.Retryable;
import org.springframework.retry.backoff.NoBackOffPolicy;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.ResponseErrorHandler;
import org.springframework.web.client.RestClient;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.ComfyDeployRestClientCustomizer;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Tests for applications with a JSON, HTTP or retry configuration, or a class path, that
 * would change the requests if it applied to the client.
 */
class HostileApplicationTests {

	private static final String SESSION = """
			{ "id": "s1", "session_id": "s1", "gpu_event_id": "e1", "url": null, "gpu": "A10G", "machine_id": "m1",
			  "created_at": "2026-11-23T18:32:33", "timeout": 15, "org_id": "None", "unknown": { "a": [ 1 ] } }""";

	private static final String ERRORS = """
			{ "detail": [ { "type": "missing", "loc": [ "body", 15 ], "msg": "Field required", "input": {} } ] }""";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + server.baseUrl() + "/api",
				"comfydeploy.retry.max-attempts=3", "comfydeploy.retry.initial-interval=1ms");

	static Stream<Named<Hostile>> applications() {
		return Stream.of(Named.of("ObjectMapper", (runner) -> runner.withUserConfiguration(Json.class)),
				Named.of("spring.jackson and Jackson modules",
						(runner) -> withAutoConfigurations(runner, BootTypes.jackson())
							.withBean(Module.class, HostileApplicationTests::module)
							.withPropertyValues("spring.jackson.property-naming-strategy=UPPER_CAMEL_CASE",
									"spring.jackson.default-property-inclusion=always",
									"spring.jackson.deserialization.fail-on-unknown-properties=true",
									"spring.jackson.deserialization.unwrap-root-value=true",
									"spring.jackson.serialization.wrap-root-value=true")),
				Named.of("RestClient.Builder", (runner) -> runner.withUserConfiguration(Http.class)),
				Named.of("converters and error handler",
						(runner) -> withAutoConfigurations(runner, BootTypes.http())
							.withBean(HttpMessageConverter.class, UselessConverter::new)
							.withBean(ResponseErrorHandler.class, () -> (response) -> true)
							.withBean(ClientHttpRequestFactory.class, HttpComponentsClientHttpRequestFactory::new)),
				Named.of("retry", (runner) -> runner.withUserConfiguration(Retry.class, RetryBeans.class)),
				Named.of("observation", (runner) -> runner.withBean(ObservationRegistry.class, () -> {
					ObservationRegistry registry = ObservationRegistry.create();
					registry.observationConfig().observationPredicate((name, context) -> false);
					return registry;
				})));
	}

	@ParameterizedTest
	@MethodSource("applications")
	void requestsAndResultsAreUnchanged(Hostile application) {
		Traffic expected = traffic(this.contextRunner);
		assertThat(expected.requests()).hasSize(7);
		Traffic actual = traffic(application.apply(this.contextRunner));
		assertThat(actual.requests()).isEqualTo(expected.requests());
		assertThat(actual.results()).isEqualTo(expected.results());
	}

	@Test
	void restClientCustomizerDoesNotApplyToTheClient() {
		Class<?> type = BootTypes.restClientCustomizer();
		assumeTrue(type != null, "The module of Spring Boot's RestClient is not on the class path");
		Traffic expected = traffic(this.contextRunner);
		Traffic actual = traffic(withAutoConfigurations(this.contextRunner, BootTypes.http())
			.withInitializer((context) -> context.getBeanFactory()
				.registerSingleton("customizer", customizer(type, HostileApplicationTests::spoil))));
		assertThat(actual).isEqualTo(expected);
	}

	/** Counterpart of the test above: the customizer does have an effect. */
	@Test
	void restClientCustomizerAppliesToTheApplicationsClient() {
		Class<?> type = BootTypes.restClientCustomizer();
		assumeTrue(type != null, "The module of Spring Boot's RestClient is not on the class path");
		List<RestClient.Builder> customized = new ArrayList<>();
		withAutoConfigurations(this.contextRunner, BootTypes.http())
			.withInitializer((context) -> context.getBeanFactory()
				.registerSingleton("customizer", customizer(type, customized::add)))
			.run((context) -> assertThat(customized).isEmpty());
		withAutoConfigurations(this.contextRunner, BootTypes.http())
			.withInitializer((context) -> context.getBeanFactory()
				.registerSingleton("customizer", customizer(type, customized::add)))
			.run((context) -> assertThat(customized).containsExactly(context.getBean(RestClient.Builder.class)));
	}

	@ParameterizedTest
	@ValueSource(classes = { Retry.class, RetryOnTargetClass.class })
	void retriesOfTheApplicationDoNotAddRequests(Class<?> configuration) {
		server.stubFor(any(anyUrl()).willReturn(status(503)));
		this.contextRunner.withUserConfiguration(configuration, RetryBeans.class).run((context) -> {
			SessionOperations operations = context.getBean(SessionOperations.class);
			assertThat(AopUtils.isAopProxy(operations)).isFalse();
			ComfyDeployException failure = failure(() -> operations.get("s1"));
			assertThat(failure.getAttempts()).isEqualTo(3);
			server.verify(exactly(3), getRequestedFor(urlEqualTo("/api/session/s1")));
			failure = failure(() -> operations.create(CreateSessionRequest.forMachine("m1").build()));
			assertThat(failure.getAttempts()).isEqualTo(1);
			assertThat(failure.isOutcomeUnknown()).isTrue();
			server.verify(exactly(1), postRequestedFor(urlEqualTo("/api/session")));
			assertThat(context.getBean(CountingListener.class).opened).hasValue(0);
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { Retry.class, RetryOnTargetClass.class })
	void retriesOfTheApplicationsBeansAreUnchanged(Class<?> configuration) {
		this.contextRunner.withUserConfiguration(configuration, RetryBeans.class).run((context) -> {
			assertThat(context.getBean(RetryConfiguration.class).getOrder()).isEqualTo(7);
			Flaky flaky = context.getBean(Flaky.class);
			assertThat(AopUtils.isAopProxy(flaky)).isTrue();
			assertThatIllegalStateException().isThrownBy(flaky::call).withMessage("attempt 2");
			assertThat(context.getBean(CountingListener.class).opened).hasValue(1);
		});
	}

	@Test
	void otherHttpClientsAreOnTheClassPathAndUsed() {
		assertThat(List.of("org.apache.hc.client5.http.classic.HttpClient", "org.eclipse.jetty.client.HttpClient",
				"reactor.netty.http.client.HttpClient"))
			.allSatisfy((name) -> assertThat(ClassUtils.isPresent(name, null)).as(name).isTrue());
		List<String> transports = new ArrayList<>();
		server.stubFor(get(anyUrl()).willReturn(status(204)));
		RestClient.builder()
			.requestInitializer((request) -> transports.add(request.getClass().getName()))
			.build()
			.get()
			.uri(server.baseUrl())
			.retrieve()
			.toBodilessEntity();
		assertThat(transports).singleElement().asString().contains("HttpComponents");
	}

	@ParameterizedTest
	@MethodSource("failures")
	void otherHttpClientsDoNotRepeatAPost(ResponseDefinitionBuilder failure, int posts) {
		server.stubFor(post(anyUrl()).willReturn(failure));
		List<String> transports = new ArrayList<>();
		this.contextRunner
			.withBean(ComfyDeployRestClientCustomizer.class,
					() -> (builder) -> builder
						.requestInitializer((request) -> transports.add(request.getClass().getName())))
			.run((context) -> {
				SessionOperations operations = context.getBean(SessionOperations.class);
				assertThat(
						failure(() -> operations.create(CreateSessionRequest.forMachine("m1").build())).getAttempts())
					.isEqualTo(posts);
			});
		server.verify(exactly(posts), postRequestedFor(urlEqualTo("/api/session")));
		assertThat(transports).hasSize(posts)
			.allSatisfy((transport) -> assertThat(transport)
				.startsWith("com.comfydeploy.client.SessionHttpRequestFactory"));
	}

	static Stream<Arguments> failures() {
		return Stream.of(Arguments.of(Named.of("503", status(503)), 1), Arguments.of(Named.of("429", status(429)), 3),
				Arguments.of(Named.of("end of stream", aResponse().withFault(Fault.EMPTY_RESPONSE)), 1),
				Arguments.of(Named.of("reset", aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)), 1));
	}

	private static ComfyDeployException failure(ThrowingCallable call) {
		return catchThrowableOfType(ComfyDeployException.class, call);
	}

	/**
	 * Make a call of each kind, and record the requests and the results.
	 */
	private static Traffic traffic(ApplicationContextRunner application) {
		server.resetAll();
		server.stubFor(get(urlEqualTo("/api/session/s1")).willReturn(jsonResponse(SESSION, 200)));
		server.stubFor(get(urlPathEqualTo("/api/sessions")).willReturn(jsonResponse("[" + SESSION + "]", 200)));
		server
			.stubFor(post(urlPathEqualTo("/api/session")).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		server.stubFor(post(urlPathEqualTo("/api/session/dynamic")).willReturn(jsonResponse(ERRORS, 422)));
		server.stubFor(post(urlPathEqualTo("/api/session/increase-timeout")).willReturn(jsonResponse("{}", 200)));
		server.stubFor(post(urlPathEqualTo("/api/session/s1/increase-timeout")).willReturn(jsonResponse("{}", 200)));
		server.stubFor(delete(urlEqualTo("/api/session/s1")).willReturn(jsonResponse("{ \"success\": true }", 200)));
		List<Object> results = new ArrayList<>();
		application.run((context) -> {
			assertThat(context).hasNotFailed();
			call(context, results);
		});
		List<Map<String, String>> requests = new ArrayList<>();
		server.getAllServeEvents().forEach((event) -> requests.add(0, describe(event.getRequest())));
		return new Traffic(requests, results);
	}

	private static void call(ApplicationContext context, List<Object> results) {
		SessionOperations operations = context.getBean(SessionOperations.class);
		results.add(operations.create(CreateSessionRequest.forMachine("m1").gpu(Gpu.A10G).build()));
		results.add(operations.get("s1"));
		results.add(operations.list("m1"));
		operations.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(5), Gpu.A10G));
		operations.increaseTimeout("s1", Duration.ofMinutes(5));
		results.add(operations.cancel("s1"));
		assertThatExceptionOfType(HttpValidationException.class)
			.isThrownBy(() -> operations.createDynamic(CreateDynamicSessionRequest.builder()
				.gpu(Gpu.A10G)
				.dependencies(List.of("one"))
				.waitForServer(true)
				.build()))
			.satisfies((ex) -> results.add(List.of(ex.getMessage(), ex.getErrors())));
	}

	private static Map<String, String> describe(LoggedRequest request) {
		Map<String, String> description = new TreeMap<>(request.getHeaders()
			.all()
			.stream()
			.collect(Collectors.toMap(HttpHeader::key, (header) -> header.values().toString())));
		description.put("", request.getMethod() + " " + request.getUrl() + " " + request.getBodyAsString());
		return description;
	}

	private static ApplicationContextRunner withAutoConfigurations(ApplicationContextRunner runner, Class<?>... types) {
		return runner.withConfiguration(AutoConfigurations.of(types));
	}

	private static Object customizer(Class<?> type, Consumer<RestClient.Builder> customizer) {
		return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
			if (method.getDeclaringClass() == Object.class) {
				return method.invoke(customizer, arguments);
			}
			customizer.accept((RestClient.Builder) arguments[0]);
			return null;
		});
	}

	private static void spoil(RestClient.Builder builder) {
		builder.baseUrl("http://localhost:1")
			.requestFactory(new HttpComponentsClientHttpRequestFactory())
			.defaultHeader("Authorization", "Basic application")
			.defaultHeader("X-Application", "yes")
			.defaultStatusHandler((status) -> true, (request, response) -> {
				throw new IOException("the application's own");
			})
			.requestInterceptor((request, body, execution) -> {
				throw new IOException("the application's own");
			})
			.messageConverters((converters) -> {
				converters.clear();
				converters.add(new UselessConverter());
			});
	}

	private static Module module() {
		SimpleModule module = new SimpleModule();
		module.addDeserializer(String.class, new StdDeserializer<>(String.class) {

			@Override
			public String deserialize(JsonParser parser, DeserializationContext context) {
				return "the application's own";
			}

		});
		return module;
	}

	/**
	 * Configuration that an application adds.
	 */
	@FunctionalInterface
	interface Hostile {

		ApplicationContextRunner apply(ApplicationContextRunner runner);

	}

	/**
	 * Requests and results of calls.
	 */
	private record Traffic(List<Map<String, String>> requests, List<Object> results) {

	}

	@Configuration(proxyBeanMethods = false)
	static class Json {

		@Bean
		ObjectMapper objectMapper() {
			return new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE)
				.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
				.setSerializationInclusion(JsonInclude.Include.ALWAYS)
				.activateDefaultTyping(LaissezFaireSubTypeValidator.instance, ObjectMapper.DefaultTyping.NON_FINAL)
				.registerModule(module());
		}

		@Bean
		tools.jackson.databind.json.JsonMapper jsonMapper() {
			return tools.jackson.databind.json.JsonMapper.builder()
				.propertyNamingStrategy(tools.jackson.databind.PropertyNamingStrategies.UPPER_CAMEL_CASE)
				.enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
				.changeDefaultPropertyInclusion((inclusion) -> inclusion.withValueInclusion(JsonInclude.Include.ALWAYS))
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Http {

		@Bean
		RestClient.Builder restClientBuilder() {
			RestClient.Builder builder = RestClient.builder();
			spoil(builder);
			return builder;
		}

		@Bean
		RestClient restClient(RestClient.Builder builder) {
			return builder.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableRetry(order = 7)
	static class Retry {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableRetry(order = 7, proxyTargetClass = true)
	static class RetryOnTargetClass {

	}

	@Configuration(proxyBeanMethods = false)
	static class RetryBeans {

		@Bean
		CountingListener retryListener() {
			return new CountingListener();
		}

		@Bean
		RetryTemplate retryTemplate(RetryListener listener) {
			RetryTemplate template = RetryTemplate.builder().infiniteRetry().withListener(listener).build();
			template.setBackOffPolicy(new NoBackOffPolicy());
			return template;
		}

		/** Interceptor with the name that the annotation of the client uses. */
		@Bean
		MethodInterceptor comfyDeploySessionRetryInterceptor() {
			return (invocation) -> {
				throw new UnsupportedOperationException("the application's own");
			};
		}

		@Bean
		Flaky flaky() {
			return new Flaky();
		}

	}

	static class CountingListener implements RetryListener {

		final AtomicInteger opened = new AtomicInteger();

		@Override
		public <T, E extends Throwable> boolean open(RetryContext context, RetryCallback<T, E> callback) {
			this.opened.incrementAndGet();
			return true;
		}

	}

	static class Flaky {

		private final AtomicInteger attempts = new AtomicInteger();

		@Retryable(maxAttempts = 2, backoff = @Backoff(1))
		void call() {
			throw new IllegalStateException("attempt " + this.attempts.incrementAndGet());
		}

	}

	/**
	 * Converter that claims to read and write everything, but fails.
	 */
	private static final class UselessConverter extends AbstractHttpMessageConverter<Object> {

		UselessConverter() {
			super(MediaType.ALL);
		}

		@Override
		protected boolean supports(Class<?> type) {
			return true;
		}

		@Override
		protected Object readInternal(Class<?> type, HttpInputMessage message) throws IOException {
			throw new IOException("the application's own");
		}

		@Override
		protected void writeInternal(Object value, HttpOutputMessage message) throws IOException {
			throw new IOException("the application's own");
		}

	}

	/**
	 * Types that Spring Boot 4 has moved to other packages and modules.
	 */
	private static final class BootTypes {

		private static final String BOOT = "org.springframework.boot.";

		static Class<?>[] jackson() {
			return present("autoconfigure.jackson.JacksonAutoConfiguration",
					"jackson.autoconfigure.JacksonAutoConfiguration");
		}

		static Class<?>[] http() {
			return present("autoconfigure.http.HttpMessageConvertersAutoConfiguration",
					"http.converter.autoconfigure.HttpMessageConvertersAutoConfiguration",
					"autoconfigure.web.client.RestClientAutoConfiguration",
					"restclient.autoconfigure.RestClientAutoConfiguration");
		}

		static Class<?> restClientCustomizer() {
			Class<?>[] types = present("web.client.RestClientCustomizer", "restclient.RestClientCustomizer");
			return (types.length > 0) ? types[0] : null;
		}

		private static Class<?>[] present(String... names) {
			return Stream.of(names)
				.map((name) -> BOOT + name)
				.filter((name) -> ClassUtils.isPresent(name, null))
				.map((name) -> ClassUtils.resolveClassName(name, null))
				.toArray(Class<?>[]::new);
		}

	}

}
