package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.ClassUtils;

import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for applications that lack a library which the starter only uses where it is
 * there.
 */
class MissingLibrariesTests {

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	@Test
	void whenMicrometerCoreIsMissingCallsWork() throws IOException {
		stub();
		ReducedClassPath.run(CallsWithoutMicrometerCore.class, server.baseUrl(), "micrometer-core");
		server.verify(exactly(3), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenActuatorIsMissingCallsWork() throws IOException {
		stub();
		ReducedClassPath.run(CallsWithoutActuator.class, server.baseUrl(), "spring-boot-actuator-");
		server.verify(exactly(3), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenJackson3IsMissingCallsWork() throws IOException {
		stub();
		ReducedClassPath.run(CallsWithoutJackson3.class, server.baseUrl(), "jackson-databind-3", "jackson-core-3");
		server.verify(exactly(3), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenJackson2IsMissingCallsWork() throws IOException {
		stub();
		ReducedClassPath.run(CallsWithoutJackson2.class, server.baseUrl(), "jackson-databind-2", "jackson-core-2");
		server.verify(exactly(2), anyRequestedFor(anyUrl()));
	}

	@Test
	void whenBothJacksonsAreMissingTheStartSaysWhatToAdd() throws IOException {
		ReducedClassPath.run(StartWithoutJackson.class, server.baseUrl(), "jackson-databind-2", "jackson-core-2",
				"jackson-databind-3", "jackson-core-3");
	}

	private static void stub() {
		server.stubFor(get(urlEqualTo("/session/s1"))
			.willReturn(jsonResponse("{ \"id\": \"s1\", \"created_at\": \"2026-11-23T18:32:33\" }", 200)));
		server.stubFor(any(urlEqualTo("/session/wrong")).willReturn(jsonResponse("""
				{ "detail": [ { "type": "missing", "loc": [ "body", 15 ], "msg": "Field required" } ] }
				""", 422)));
		server.stubFor(delete(urlEqualTo("/session/s1")).willReturn(status(204)));
	}

	private static ApplicationContextRunner runner(String baseUrl) {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + baseUrl,
					"comfydeploy.retry.enabled=false");
	}

	private static void assertMissing(String type) {
		assertThat(ClassUtils.isPresent(type, MissingLibrariesTests.class.getClassLoader())).as(type).isFalse();
	}

	static class CallsWithoutMicrometerCore extends Calls {

		@Override
		void check() {
			assertMissing("io.micrometer.core.instrument.MeterRegistry");
		}

	}

	static class CallsWithoutActuator extends Calls {

		@Override
		void check() {
			assertMissing("org.springframework.boot.actuate.endpoint.SanitizingFunction");
		}

	}

	static class CallsWithoutJackson3 extends Calls {

		@Override
		void check() {
			assertMissing("tools.jackson.databind.json.JsonMapper");
		}

	}

	/**
	 * Reads no list of validation errors: for that, Jackson 3 wants newer annotations
	 * than those of the Spring Boot that this module is tested with.
	 */
	static class CallsWithoutJackson2 extends Calls {

		@Override
		void check() {
			assertMissing("com.fasterxml.jackson.databind.ObjectMapper");
		}

		@Override
		void call(SessionOperations operations) {
			assertSessionIsRead(operations);
			assertThat(operations.cancel("s1")).isTrue();
		}

	}

	/**
	 * Calls that read and write JSON.
	 */
	abstract static class Calls implements Consumer<String> {

		abstract void check();

		@Override
		public void accept(String baseUrl) {
			check();
			runner(baseUrl).run((context) -> {
				assertThat(context).hasNotFailed();
				call(context.getBean(SessionOperations.class));
			});
		}

		void call(SessionOperations operations) {
			assertSessionIsRead(operations);
			assertThat(operations.cancel("s1")).isTrue();
			assertThatExceptionOfType(HttpValidationException.class).isThrownBy(() -> operations.get("wrong"))
				.satisfies((ex) -> assertThat(ex.getErrors()).singleElement()
					.satisfies((error) -> assertThat(error.loc()).containsExactly("body", 15)));
		}

		static void assertSessionIsRead(SessionOperations operations) {
			assertThat(operations.get("s1").createdAt()).hasToString("2026-11-23T18:32:33Z");
		}

	}

	static class StartWithoutJackson implements Consumer<String> {

		@Override
		public void accept(String baseUrl) {
			assertMissing("com.fasterxml.jackson.databind.ObjectMapper");
			assertMissing("tools.jackson.databind.json.JsonMapper");
			runner(baseUrl).run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOf(IllegalStateException.class)
				.hasMessageContaining("Jackson")
				.hasMessageContaining("org.springframework.boot:spring-boot-starter-json"));
		}

	}

}
