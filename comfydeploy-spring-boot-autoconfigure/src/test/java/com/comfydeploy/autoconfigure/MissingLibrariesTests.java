package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.client.RestClient;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for applications without an optional library, with the remaining
 * auto-configuration of Spring Boot.
 */
@ExtendWith(OutputCaptureExtension.class)
class MissingLibrariesTests {

	/** The Actuator of Spring Boot 3.5 requires Jackson 2. */
	private static final String ACTUATOR = "spring-boot-actuator-autoconfigure-";

	/** With it, each application would start a database. */
	private static final String H2 = "h2-";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	@Test
	void whenNothingIsMissingCallsWork() throws IOException {
		assertCallsWork(Calls.class);
	}

	@Test
	void whenMicrometerCoreIsMissingCallsWork() throws IOException {
		assertCallsWork(CallsWithoutMicrometerCore.class, "micrometer-core");
	}

	@Test
	void whenMicrometerCoreIsMissingLazyCallsWork() throws IOException {
		assertCallsWork(LazyCallsWithoutMicrometerCore.class, "micrometer-core");
	}

	@Test
	void whenActuatorIsMissingCallsWork() throws IOException {
		assertCallsWork(CallsWithoutActuator.class, "spring-boot-actuator-");
	}

	@Test
	void whenJackson3IsMissingCallsWork() throws IOException {
		assertCallsWork(CallsWithoutJackson3.class, "jackson-databind-3", "jackson-core-3");
	}

	@Test
	void whenJackson2IsMissingCallsWork() throws IOException {
		assertCallsWork(CallsWithoutJackson2.class, ACTUATOR, "jackson-databind-2", "jackson-core-2");
	}

	@Test
	void whenSpringBootsOwnRestClientIsMissingCallsWork() throws IOException {
		assertCallsWork(CallsWithoutRestClient.class);
	}

	@Test
	void whenBothJacksonsAreMissingTheStartSaysWhatToAdd(CapturedOutput output) throws IOException {
		int before = output.getAll().length();
		ReducedClassPath.run(StartWithoutJackson.class, server.baseUrl(), H2, ACTUATOR, "jackson-databind-2",
				"jackson-core-2", "jackson-databind-3", "jackson-core-3");
		assertThat(output.getAll().substring(before)).contains("Application run failed",
				"ComfyDeploy needs Jackson 2 or Jackson 3: add ", "org.springframework.boot:spring-boot-starter-json");
		server.verify(exactly(0), anyRequestedFor(anyUrl()));
	}

	private static void assertCallsWork(Class<? extends Calls> calls, String... missing) throws IOException {
		server.stubFor(post(urlEqualTo("/session")).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		server.stubFor(get(urlEqualTo("/session/s1"))
			.willReturn(jsonResponse("{ \"id\": \"s1\", \"created_at\": \"2026-11-23T18:32:33\" }", 200)));
		server.stubFor(any(urlEqualTo("/session/wrong")).willReturn(jsonResponse("""
				{ "detail": [ { "type": "missing", "loc": [ "body", 15 ], "msg": "Field required" } ] }
				""", 422)));
		ReducedClassPath.run(calls, server.baseUrl(), StringUtils.addStringToArray(missing, H2));
		server.verify(exactly(3), anyRequestedFor(anyUrl()));
		server.verify(exactly(1),
				postRequestedFor(urlEqualTo("/session")).withRequestBody(equalToJson("{ \"machine_id\": \"m1\" }")));
	}

	private static SpringApplication application(String baseUrl) {
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.registerShutdownHook(false)
			.properties("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + baseUrl,
					"comfydeploy.retry.enabled=false")
			.application();
	}

	private static void assertMissing(String type) {
		assertThat(isPresent(type)).as(type).isFalse();
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, MissingLibrariesTests.class.getClassLoader());
	}

	static class CallsWithoutMicrometerCore extends Calls {

		@Override
		void check(ConfigurableApplicationContext context) {
			assertMissing("io.micrometer.core.instrument.MeterRegistry");
		}

	}

	static class LazyCallsWithoutMicrometerCore extends Calls {

		LazyCallsWithoutMicrometerCore() {
			super("--spring.main.lazy-initialization=true");
		}

		@Override
		void check(ConfigurableApplicationContext context) {
			assertMissing("io.micrometer.core.instrument.MeterRegistry");
			assertThat(context.getBean(SessionLeases.class).active()).isEmpty();
		}

	}

	static class CallsWithoutActuator extends Calls {

		@Override
		void check(ConfigurableApplicationContext context) {
			assertMissing("org.springframework.boot.actuate.endpoint.SanitizingFunction");
		}

	}

	static class CallsWithoutJackson3 extends Calls {

		@Override
		void check(ConfigurableApplicationContext context) {
			assertMissing("tools.jackson.databind.json.JsonMapper");
		}

	}

	static class CallsWithoutJackson2 extends Calls {

		@Override
		void check(ConfigurableApplicationContext context) {
			assertMissing("com.fasterxml.jackson.databind.ObjectMapper");
		}

	}

	/**
	 * Calls without the auto-configuration of RestClient, which is not a separate jar in
	 * Spring Boot 3.
	 */
	static class CallsWithoutRestClient extends Calls {

		CallsWithoutRestClient() {
			super(Stream
				.of("org.springframework.boot.autoconfigure.web.client.RestClientAutoConfiguration",
						"org.springframework.boot.restclient.autoconfigure.RestClientAutoConfiguration")
				.filter(MissingLibrariesTests::isPresent)
				.map((type) -> "--spring.autoconfigure.exclude=" + type)
				.toArray(String[]::new));
		}

		@Override
		void check(ConfigurableApplicationContext context) {
			assertThat(context.getBeanNamesForType(RestClient.Builder.class)).isEmpty();
		}

	}

	/**
	 * Calls that read and write JSON.
	 */
	static class Calls implements Consumer<String> {

		private final String[] arguments;

		Calls() {
			this(new String[0]);
		}

		Calls(String... arguments) {
			this.arguments = arguments;
		}

		void check(ConfigurableApplicationContext context) {
		}

		@Override
		public void accept(String baseUrl) {
			try (ConfigurableApplicationContext context = application(baseUrl).run(this.arguments)) {
				check(context);
				call(context.getBean(SessionOperations.class));
			}
		}

		private static void call(SessionOperations operations) {
			assertThat(operations.create(CreateSessionRequest.forMachine("m1").build()).sessionId()).isEqualTo("s1");
			assertThat(operations.get("s1").createdAt()).hasToString("2026-11-23T18:32:33Z");
			assertThatExceptionOfType(HttpValidationException.class).isThrownBy(() -> operations.get("wrong"))
				.satisfies((ex) -> assertThat(ex.getErrors()).singleElement()
					.satisfies((error) -> assertThat(error.loc()).containsExactly("body", 15)));
		}

	}

	static class StartWithoutJackson implements Consumer<String> {

		@Override
		public void accept(String baseUrl) {
			assertMissing("com.fasterxml.jackson.databind.ObjectMapper");
			assertMissing("tools.jackson.databind.json.JsonMapper");
			assertThat(catchThrowable(() -> application(baseUrl).run().close())).rootCause()
				.isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Jackson")
				.hasMessageContaining("org.springframework.boot:spring-boot-starter-json");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

}
