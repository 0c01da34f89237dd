package com.comfydeploy.it;

import java.lang.reflect.Proxy;
import java.net.URL;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClient;

import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the packaged jars of the starter in each type of application, on each line of
 * Spring Boot.
 */
class StarterSmokeTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final String SESSION = "297ec34b-6fa2-4ab1-b9ba-5e3d3eef9c7d";

	private static final String SESSION_JSON = """
			{"id": "%1$s", "session_id": "%1$s", "gpu_event_id": "2181c474-505b-4185-931f-86c3262d6eca",
			"url": "https://example.modal.host", "gpu": "A100-80GB", "created_at": "2026-11-23T18:51:51.371385",
			"timeout": 15, "timeout_end": "2026-11-23T19:06:51", "machine_id": "%2$s", "machine_version_id": null,
			"status": "running", "user_id": "user_1", "org_id": "None", "a_field_of_tomorrow": {}}
			""".formatted(SESSION, MACHINE);

	private static final String[] LIST_TAGS = { "operation:list", "outcome:SUCCESS", "status:200", "exception:none",
			"error:none" };

	private static final WireMockServer server = new WireMockServer(options().dynamicPort().bindAddress("localhost"));

	private static ConfigurableApplicationContext context;

	private static SessionOperations sessions;

	@BeforeAll
	static void startApplication() {
		server.start();
		context = run("http://localhost:" + server.port() + "/api", "smoke-token");
		sessions = context.getBean(SessionOperations.class);
	}

	@AfterAll
	static void stopApplication() {
		if (context != null) {
			context.close();
		}
		server.stop();
	}

	@BeforeEach
	void resetServer() {
		server.resetAll();
	}

	@Test
	@EnabledIfSystemProperty(named = "spring-boot.line", matches = ".+", disabledReason = "Only Maven has lines")
	void springBootIsOfTheLineOfTheModule() {
		assertThat(SpringBootVersion.getVersion()).startsWith(System.getProperty("spring-boot.line") + ".");
	}

	@Test
	@EnabledIfSystemProperty(named = "application.kind", matches = ".+", disabledReason = "Only Maven has kinds")
	void applicationIsOfTheKindOfTheModule() {
		boolean servlet = isPresent("org.springframework.web.servlet.DispatcherServlet");
		boolean reactive = isPresent("org.springframework.web.reactive.DispatcherHandler");
		assertThat(servlet).isEqualTo(isKind("servlet")).isEqualTo(isBean("dispatcherServlet"));
		assertThat(reactive).isEqualTo(isKind("webflux")).isEqualTo(isBean("webHandler"));
		assertThat(isPresent("io.micrometer.core.instrument.MeterRegistry")).isNotEqualTo(isKind("plain"));
		assertThat(isPresent("org.springframework.boot.actuate.endpoint.SanitizingFunction"))
			.isNotEqualTo(isKind("plain"));
	}

	@Test
	@EnabledIfSystemProperty(named = "spring-boot.line", matches = ".+", disabledReason = "Only Maven has jars")
	void librariesAreTheirPackagedJars() {
		assertThat(List.of(SessionOperations.class, ComfyDeployConnectionDetails.class, FakeComfyDeploy.class))
			.allSatisfy((type) -> assertThat(type.getProtectionDomain().getCodeSource().getLocation().getPath())
				.endsWith(".jar"));
		URL starter = getClass()
			.getResource("/META-INF/maven/com.comfydeploy/comfydeploy-spring-boot-starter/pom.properties");
		assertThat(starter).isNotNull().hasProtocol("jar");
	}

	@Test
	void successIsRead() {
		server.stubFor(post(urlEqualTo("/api/session"))
			.willReturn(okJson("{\"session_id\":\"" + SESSION + "\",\"url\":null}")));
		CreatedSession created = sessions.create(
				CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.A100_80GB).timeout(Duration.ofMinutes(15)).build());
		assertThat(created).isEqualTo(new CreatedSession(SESSION, null));
		server.verify(1,
				postRequestedFor(urlEqualTo("/api/session")).withHeader("Authorization", equalTo("Bearer smoke-token"))
					.withHeader("Content-Type", equalTo("application/json"))
					.withRequestBody(
							equalToJson("{\"machine_id\":\"" + MACHINE + "\",\"gpu\":\"A100-80GB\",\"timeout\":15}")));
	}

	@Test
	void customizersOfTheApplicationDoNotApply() {
		server.stubFor(any(anyUrl()).willReturn(okJson("[]")));
		assertThat(sessions.list()).isEmpty();
		server.verify(1, getRequestedFor(urlEqualTo("/api/sessions")).withoutHeader("X-Application"));
		context.getBeanProvider(RestClient.Builder.class).ifAvailable((builder) -> {
			builder.build().get().uri("http://localhost:" + server.port() + "/own").retrieve().toBodilessEntity();
			server.verify(1, getRequestedFor(urlEqualTo("/own")).withHeader("X-Application", equalTo("yes")));
		});
	}

	@Test
	@EnabledIfSystemProperty(named = "application.kind", matches = "servlet|plain",
			disabledReason = "A reactive application has no RestClient.Builder")
	void applicationHasItsOwnClientIfSpringBootHasOne() {
		assertThat(context.getBeanProvider(RestClient.Builder.class).getIfAvailable() != null)
			.isEqualTo(customizerTypes().findAny().isPresent());
	}

	@Test
	void requestToABusyServerIsRetried() {
		server.stubFor(get(urlEqualTo("/api/session/" + SESSION)).inScenario("busy")
			.whenScenarioStateIs(Scenario.STARTED)
			.willReturn(aResponse().withStatus(503).withBody("busy"))
			.willSetStateTo("free"));
		server.stubFor(get(urlEqualTo("/api/session/" + SESSION)).inScenario("busy")
			.whenScenarioStateIs("free")
			.willReturn(okJson(SESSION_JSON)));
		Session session = sessions.get(SESSION);
		assertThat(session.id()).isEqualTo(SESSION);
		assertThat(session.isReady()).isTrue();
		assertThat(session.gpu()).isEqualTo(Gpu.A100_80GB);
		assertThat(session.createdAt()).isEqualTo("2026-11-23T18:51:51.371385Z");
		assertThat(session.timeout()).isEqualTo(Duration.ofMinutes(15));
		assertThat(session.timeoutEnd()).isEqualTo("2026-11-23T19:06:51Z");
		assertThat(session.orgId()).isNull();
		server.verify(2, getRequestedFor(urlEqualTo("/api/session/" + SESSION)));
	}

	@Test
	void validationErrorsAreRead() {
		server.stubFor(post(urlEqualTo("/api/session")).willReturn(aResponse().withStatus(422)
			.withHeader("Content-Type", "application/json")
			.withBody(
					"""
							{"detail": [{"type": "missing", "loc": ["body", "machine_id"], "msg": "Field required", "input": {}},
							{"type": "json_invalid", "loc": ["body", 15], "msg": "JSON decode error", "input": {},
							"ctx": {"error": "Expecting value"}}]}
							""")));
		assertThatExceptionOfType(HttpValidationException.class)
			.isThrownBy(() -> sessions.create(CreateSessionRequest.forMachine(MACHINE).build()))
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(422);
				assertThat(ex.getAttempts()).isEqualTo(1);
				assertThat(ex.isOutcomeUnknown()).isFalse();
				assertThat(ex.getErrors()).hasSize(2);
				assertThat(ex.getErrors().get(0).loc()).containsExactly("body", "machine_id");
				assertThat(ex.getErrors().get(0).msg()).isEqualTo("Field required");
				assertThat(ex.getErrors().get(0).type()).isEqualTo("missing");
				assertThat(ex.getErrors().get(1).loc()).containsExactly("body", 15);
			});
		server.verify(1, postRequestedFor(urlEqualTo("/api/session")));
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no meters")
	void eachCallIsATimerSampleWithItsTags() {
		server.stubFor(get(urlEqualTo("/api/sessions")).willReturn(okJson("[" + SESSION_JSON + "]")));
		ActuatorMeters meters = new ActuatorMeters(context);
		double before = meters.count("comfydeploy.session.operation", LIST_TAGS);
		assertThat(sessions.list()).extracting(Session::id).containsExactly(SESSION);
		assertThat(meters.count("comfydeploy.session.operation", LIST_TAGS)).isEqualTo(before + 1);
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no meters")
	void eachAttemptAfterTheFirstIsCounted() {
		server.stubFor(get(urlEqualTo("/api/sessions")).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(() -> sessions.list());
		server.verify(5, getRequestedFor(urlEqualTo("/api/sessions")));
		ActuatorMeters meters = new ActuatorMeters(context);
		assertThat(meters.count("comfydeploy.session.retries", "operation:list", "reason:503")).isEqualTo(4);
		assertThat(meters.count("http.client.requests", "uri:/api/sessions", "status:503")).isEqualTo(5);
	}

	private static boolean isKind(String kind) {
		return System.getProperty("application.kind").equals(kind);
	}

	private static boolean isBean(String name) {
		return context.containsBean(name);
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, null);
	}

	private static ConfigurableApplicationContext run(String baseUrl, String bearer) {
		SpringApplication application = new SpringApplication(SmokeApplication.class);
		application.addInitializers((context) -> customizerTypes().forEach(
				(type) -> context.getBeanFactory().registerSingleton("customizerOfTheApplication", customizer(type))));
		return application.run("--server.port=0", "--management.endpoints.web.exposure.include=metrics",
				"--spring.jackson.property-naming-strategy=UPPER_CAMEL_CASE",
				"--spring.jackson.default-property-inclusion=always",
				"--spring.jackson.deserialization.fail-on-unknown-properties=true", "--comfydeploy.base-url=" + baseUrl,
				"--comfydeploy.bearer=" + bearer, "--comfydeploy.retry.initial-interval=1ms");
	}

	/** Spring Boot 4 has moved this type to another package and module. */
	private static Stream<Class<?>> customizerTypes() {
		return Stream
			.of("org.springframework.boot.web.client.RestClientCustomizer",
					"org.springframework.boot.restclient.RestClientCustomizer")
			.filter(StarterSmokeTests::isPresent)
			.map((name) -> ClassUtils.resolveClassName(name, null));
	}

	private static Object customizer(Class<?> type) {
		return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, (proxy, method, arguments) -> {
			if (method.getDeclaringClass() == Object.class) {
				return method.invoke(type, arguments);
			}
			((RestClient.Builder) arguments[0]).defaultHeader("X-Application", "yes");
			return null;
		});
	}

}
