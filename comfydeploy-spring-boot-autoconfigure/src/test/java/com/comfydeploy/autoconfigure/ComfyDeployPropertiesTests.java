package com.comfydeploy.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.http.HttpConnectTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import javax.net.ssl.SSLHandshakeException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.util.TestPropertyValues;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SocketServer;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.exactly;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link ComfyDeployProperties}: the documented defaults, and the effect of
 * each property.
 */
@ExtendWith(OutputCaptureExtension.class)
class ComfyDeployPropertiesTests {

	/** Longer than any wait of these tests. */
	private static final String CENTURY = "36500d";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, ComfyDeployAutoConfiguration.class))
		.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.base-url=" + server.baseUrl() + "/api");

	private final ApplicationContextRunner impatientRunner = this.contextRunner
		.withPropertyValues("comfydeploy.retry.initial-interval=0", "comfydeploy.retry.max-interval=0");

	@Test
	void defaultsAreTheDocumentedOnes() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.run((context) -> {
				ComfyDeployProperties properties = context.getBean(ComfyDeployProperties.class);
				assertThat(properties.getBearer()).isNull();
				assertThat(properties.getBaseUrl()).isEqualTo("https://api.comfydeploy.com/api");
				assertThat(properties.getConnectTimeout()).isEqualTo(Duration.ofSeconds(5));
				assertThat(properties.getReadTimeout()).isEqualTo(Duration.ofSeconds(30));
				assertThat(properties.getWaitTimeout()).isEqualTo(Duration.ofMinutes(11));
				assertThat(properties.getSsl().getBundle()).isNull();
				assertThat(properties.getRetry().isEnabled()).isTrue();
				assertThat(properties.getRetry().getMaxAttempts()).isEqualTo(5);
				assertThat(properties.getRetry().getInitialInterval()).isEqualTo(Duration.ofMillis(500));
				assertThat(properties.getRetry().getMultiplier()).isEqualTo(2.0);
				assertThat(properties.getRetry().getMaxInterval()).isEqualTo(Duration.ofSeconds(10));
				assertThat(properties.getRetry().getMaxElapsedTime()).isEqualTo(Duration.ofMinutes(2));
				assertThat(properties.getRetry().isRetryConnectionErrors()).isTrue();
				assertThat(properties.getRetry().isRetryNonIdempotent()).isFalse();
				assertThat(properties.getLease().getExtension()).isEqualTo(Duration.ofMinutes(5));
				assertThat(properties.getLease().getRenewBefore()).isEqualTo(Duration.ofMinutes(2));
				assertThat(properties.getLease().getMaxLifetime()).isEqualTo(Duration.ofHours(1));
				assertThat(properties.getLease().getReadyTimeout()).isEqualTo(Duration.ofMinutes(10));
				assertThat(properties.getLease().getShutdownTimeout()).isEqualTo(Duration.ofSeconds(20));
				assertThat(properties.getFake().isEnabled()).isFalse();
				assertThat(properties.getFake().isAllowPackaged()).isFalse();
				assertThat(properties.getLease().getCheckInterval()).isEqualTo(Duration.ofSeconds(30));
				assertThat(properties.getLease().getMaxOpen()).isNull();
				assertThat(properties.getLease().getAcquireTimeout()).isZero();
			});
	}

	@Test
	void metadataDescribesEveryPropertyWithItsDefault() throws IOException {
		Map<String, JsonNode> metadata = metadata();
		assertThat(metadata).containsOnlyKeys("comfydeploy.enabled", "comfydeploy.bearer", "comfydeploy.base-url",
				"comfydeploy.connect-timeout", "comfydeploy.read-timeout", "comfydeploy.wait-timeout",
				"comfydeploy.poll-interval", "comfydeploy.ssl.bundle", "comfydeploy.retry.enabled",
				"comfydeploy.retry.max-attempts", "comfydeploy.retry.initial-interval", "comfydeploy.retry.multiplier",
				"comfydeploy.retry.max-interval", "comfydeploy.retry.max-elapsed-time",
				"comfydeploy.retry.retry-connection-errors", "comfydeploy.retry.retry-non-idempotent",
				"comfydeploy.lease.extension", "comfydeploy.lease.renew-before", "comfydeploy.lease.max-lifetime",
				"comfydeploy.lease.ready-timeout", "comfydeploy.lease.shutdown-timeout",
				"comfydeploy.lease.check-interval", "comfydeploy.fake.enabled", "comfydeploy.fake.allow-packaged",
				"comfydeploy.lease.max-open", "comfydeploy.lease.max-gpu-minutes-per-day",
				"comfydeploy.lease.acquire-timeout", "comfydeploy.lease.store", "comfydeploy.lease.on-orphan",
				"comfydeploy.lease.instance-id", "comfydeploy.lease.file.path",
				"comfydeploy.lease.jdbc.initialize-schema");
		assertThat(metadata)
			.allSatisfy((name, property) -> assertThat(property.path("description").asText()).endsWith("."));
		Map<String, String> defaults = new LinkedHashMap<>();
		metadata.forEach((name, property) -> defaults.put(name, property.path("defaultValue").asText()));
		assertThat(defaults).containsEntry("comfydeploy.enabled", "true")
			.containsEntry("comfydeploy.bearer", "")
			.containsEntry("comfydeploy.base-url", "https://api.comfydeploy.com/api")
			.containsEntry("comfydeploy.connect-timeout", "5s")
			.containsEntry("comfydeploy.read-timeout", "30s")
			.containsEntry("comfydeploy.wait-timeout", "11m")
			.containsEntry("comfydeploy.poll-interval", "2s")
			.containsEntry("comfydeploy.retry.enabled", "true")
			.containsEntry("comfydeploy.retry.max-attempts", "5")
			.containsEntry("comfydeploy.retry.initial-interval", "500ms")
			.containsEntry("comfydeploy.retry.multiplier", "2")
			.containsEntry("comfydeploy.retry.max-interval", "10s")
			.containsEntry("comfydeploy.retry.max-elapsed-time", "2m")
			.containsEntry("comfydeploy.retry.retry-connection-errors", "true")
			.containsEntry("comfydeploy.retry.retry-non-idempotent", "false")
			.containsEntry("comfydeploy.lease.extension", "5m")
			.containsEntry("comfydeploy.lease.renew-before", "2m")
			.containsEntry("comfydeploy.lease.max-lifetime", "1h")
			.containsEntry("comfydeploy.lease.ready-timeout", "10m")
			.containsEntry("comfydeploy.lease.shutdown-timeout", "20s")
			.containsEntry("comfydeploy.lease.check-interval", "30s")
			.containsEntry("comfydeploy.lease.max-open", "")
			.containsEntry("comfydeploy.lease.acquire-timeout", "0s")
			.containsEntry("comfydeploy.fake.enabled", "false")
			.containsEntry("comfydeploy.fake.allow-packaged", "false")
			.containsEntry("comfydeploy.lease.store", "none")
			.containsEntry("comfydeploy.lease.on-orphan", "cancel")
			.containsEntry("comfydeploy.lease.file.path", "comfydeploy-leases.log")
			.containsEntry("comfydeploy.lease.jdbc.initialize-schema", "embedded");
	}

	@Test
	void bearerIsSent() {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		run(this.contextRunner, (operations) -> operations.get("s1"));
		server.verify(anyRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer cd_token")));
	}

	/** Bind the bean again, like Spring Cloud when the environment is refreshed. */
	@Test
	void whenPropertiesAreBoundAgainOnlyTheTokenChanges() {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		this.contextRunner.run((context) -> {
			TestPropertyValues
				.of("comfydeploy.bearer=cd_second", "comfydeploy.base-url=" + server.baseUrl() + "/second")
				.applyTo(context);
			ComfyDeployProperties properties = context.getBean(ComfyDeployProperties.class);
			context.getAutowireCapableBeanFactory()
				.initializeBean(properties, context.getBeanNamesForType(ComfyDeployProperties.class)[0]);
			assertThat(properties.getBaseUrl()).endsWith("/second");
			context.getBean(SessionOperations.class).get("s1");
		});
		server.verify(exactly(1), anyRequestedFor(anyUrl()));
		server.verify(getRequestedFor(urlEqualTo("/api/session/s1")).withHeader("Authorization",
				equalTo("Bearer cd_second")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "/api", "/api/", "/api//" })
	void trailingSlashOfTheBaseUrlDoesNotMatter(String path) {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		run(this.contextRunner.withPropertyValues("comfydeploy.base-url=" + server.baseUrl() + path),
				(operations) -> operations.get("s1"));
		server.verify(getRequestedFor(urlEqualTo("/api/session/s1")));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/" })
	void baseUrlNeedsNoPath(String path) {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse("[]", 200)));
		run(this.contextRunner.withPropertyValues("comfydeploy.base-url=" + server.baseUrl() + path),
				SessionOperations::list);
		server.verify(getRequestedFor(urlEqualTo("/sessions")));
	}

	@Test
	@Timeout(60)
	void connectTimeoutLimitsConnecting() throws IOException {
		try (SocketServer full = SocketServer.full()) {
			ComfyDeployException failure = failure(
					this.contextRunner.withPropertyValues("comfydeploy.base-url=" + full.baseUrl(),
							"comfydeploy.connect-timeout=200ms", "comfydeploy.retry.enabled=false"),
					SessionOperations::list);
			assertThat(failure).isInstanceOf(ComfyDeployTransportException.class)
				.hasCauseInstanceOf(HttpConnectTimeoutException.class)
				.hasMessageContaining("within 200 ms");
		}
	}

	@Test
	@Timeout(60)
	void readTimeoutLimitsResponses() throws IOException {
		try (SocketServer silent = SocketServer.silent()) {
			ApplicationContextRunner runner = this.contextRunner.withPropertyValues(
					"comfydeploy.base-url=" + silent.baseUrl(), "comfydeploy.read-timeout=1100ms",
					"comfydeploy.retry.enabled=false");
			assertThat(failure(runner, SessionOperations::list)).isInstanceOf(ComfyDeployTransportException.class)
				.hasMessageContaining("within 1100 ms");
			assertThat(
					failure(runner, (operations) -> operations.create(CreateSessionRequest.forMachine("m1").build())))
				.isInstanceOf(ComfyDeployTransportException.class)
				.hasMessageContaining("within 1100 ms");
		}
	}

	@Test
	@Timeout(60)
	void waitTimeoutLimitsACreateThatWaits() throws IOException {
		try (SocketServer silent = SocketServer.silent()) {
			ComfyDeployException failure = failure(
					this.contextRunner.withPropertyValues("comfydeploy.base-url=" + silent.baseUrl(),
							"comfydeploy.wait-timeout=1200ms"),
					(operations) -> operations
						.create(CreateSessionRequest.forMachine("m1").waitForServer(true).build()));
			assertThat(failure).isInstanceOf(ComfyDeployTransportException.class)
				.hasMessageContaining("within 1200 ms");
		}
	}

	@Test
	void sslBundleIsTrusted(@TempDir Path directory) throws Exception {
		Path keyStore = directory.resolve("server.p12");
		generateKeyStore(keyStore);
		WireMockServer secured = new WireMockServer(options().dynamicPort()
			.dynamicHttpsPort()
			.keystoreType("PKCS12")
			.keystorePath(keyStore.toString())
			.keystorePassword("password")
			.keyManagerPassword("password"));
		secured.start();
		try {
			secured.stubFor(any(anyUrl()).willReturn(jsonResponse("[]", 200)));
			ApplicationContextRunner runner = this.contextRunner.withPropertyValues(
					"comfydeploy.base-url=https://localhost:" + secured.httpsPort(),
					"spring.ssl.bundle.jks.mine.truststore.location=" + keyStore.toUri(),
					"spring.ssl.bundle.jks.mine.truststore.password=password",
					"spring.ssl.bundle.jks.mine.truststore.type=PKCS12");
			run(runner.withPropertyValues("comfydeploy.ssl.bundle=mine"),
					(operations) -> assertThat(operations.list()).isEmpty());
			assertThat(failure(runner, SessionOperations::list)).isInstanceOf(ComfyDeployTransportException.class)
				.hasCauseInstanceOf(SSLHandshakeException.class);
			assertThat(
					failure(runner.withPropertyValues("comfydeploy.ssl.bundle=mine", "comfydeploy.retry.enabled=false",
							"spring.ssl.bundle.jks.mine.options.enabled-protocols=TLSv1"), SessionOperations::list))
				.isInstanceOf(ComfyDeployTransportException.class);
		}
		finally {
			secured.stop();
		}
	}

	@Test
	void blankSslBundleCountsAsAbsent() {
		server.stubFor(any(anyUrl()).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200)));
		run(this.contextRunner.withPropertyValues("comfydeploy.ssl.bundle="), (operations) -> operations.get("s1"));
	}

	@Test
	void whenThereAreNoSslBundlesAtAllNamesTheProperty() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
			.withPropertyValues("comfydeploy.bearer=cd_token", "comfydeploy.ssl.bundle=mine")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContaining("comfydeploy.ssl.bundle")
				.hasMessageContaining("mine"));
	}

	@Test
	void retriesFourTimesByDefault() {
		assertRequests(5, this.impatientRunner, SessionOperations::list);
	}

	@Test
	void maxAttemptsIsTheNumberOfRequests() {
		assertRequests(2, this.impatientRunner.withPropertyValues("comfydeploy.retry.max-attempts=2"),
				SessionOperations::list);
	}

	@Test
	void whenMaxAttemptsIsOneNothingIsRetried() {
		assertRequests(1, this.impatientRunner.withPropertyValues("comfydeploy.retry.max-attempts=1"),
				SessionOperations::list);
	}

	@Test
	void whenRetryIsDisabledNothingIsRetried() {
		assertRequests(1, this.impatientRunner.withPropertyValues("comfydeploy.retry.enabled=false"),
				SessionOperations::list);
	}

	@Test
	void initialIntervalLimitsTheFirstWait(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel("com.comfydeploy", LogLevel.DEBUG);
		try {
			assertRequests(3, this.contextRunner.withPropertyValues("comfydeploy.retry.initial-interval=0",
					"comfydeploy.retry.max-attempts=3"), SessionOperations::list);
		}
		finally {
			// Other tests of this JVM would log gigabytes
			logging.setLogLevel("com.comfydeploy", null);
		}
		assertThat(output.getAll()).contains("list: attempt 2 in 0 ms, after 503",
				"list: attempt 3 in 0 ms, after 503");
	}

	@Test
	void whenFirstWaitExceedsTheElapsedTimeNothingIsRetried() {
		assertRequests(1, this.contextRunner.withPropertyValues("comfydeploy.retry.initial-interval=" + CENTURY,
				"comfydeploy.retry.max-interval=" + CENTURY), SessionOperations::list);
	}

	@Test
	void maxIntervalCapsTheWaits() {
		assertRequests(5, this.contextRunner.withPropertyValues("comfydeploy.retry.initial-interval=" + CENTURY,
				"comfydeploy.retry.max-interval=0"), SessionOperations::list);
	}

	@Test
	void multiplierRaisesTheWaits() {
		assertRequests(2,
				this.contextRunner.withPropertyValues("comfydeploy.retry.initial-interval=1ms",
						"comfydeploy.retry.multiplier=1e15", "comfydeploy.retry.max-interval=" + CENTURY),
				SessionOperations::list);
	}

	@Test
	void whenElapsedTimeIsOverNothingIsRetried() {
		assertRequests(1, this.impatientRunner.withPropertyValues("comfydeploy.retry.max-elapsed-time=1ns"),
				SessionOperations::list);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void connectionErrorsAreRetriedOnlyIfEnabled(boolean retry) throws IOException {
		ComfyDeployException failure = failure(
				this.impatientRunner.withPropertyValues(
						"comfydeploy.base-url=http://localhost:" + SocketServer.unusedPort(),
						"comfydeploy.retry.max-attempts=3", "comfydeploy.retry.retry-connection-errors=" + retry),
				SessionOperations::list);
		assertThat(failure.getAttempts()).isEqualTo(retry ? 3 : 1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void nonIdempotentOperationsAreRetriedOnlyIfEnabled(boolean retry) {
		assertRequests(retry ? 5 : 1,
				this.impatientRunner.withPropertyValues("comfydeploy.retry.retry-non-idempotent=" + retry),
				(operations) -> operations.create(CreateSessionRequest.forMachine("m1").build()));
	}

	private static void assertRequests(int count, ApplicationContextRunner runner, Consumer<SessionOperations> call) {
		server.stubFor(any(anyUrl()).willReturn(status(503)));
		assertThat(failure(runner, call).getAttempts()).isEqualTo(count);
		server.verify(exactly(count), anyRequestedFor(anyUrl()));
	}

	private static void run(ApplicationContextRunner runner, Consumer<SessionOperations> call) {
		runner.run((context) -> call.accept(context.getBean(SessionOperations.class)));
	}

	private static ComfyDeployException failure(ApplicationContextRunner runner, Consumer<SessionOperations> call) {
		List<ComfyDeployException> failures = new ArrayList<>();
		run(runner, (operations) -> failures
			.add(catchThrowableOfType(ComfyDeployException.class, () -> call.accept(operations))));
		assertThat(failures).doesNotContainNull().hasSize(1);
		return failures.get(0);
	}

	private static Map<String, JsonNode> metadata() throws IOException {
		ObjectMapper mapper = new ObjectMapper();
		Map<String, JsonNode> properties = new LinkedHashMap<>();
		for (URL url : Collections.list(ComfyDeployProperties.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream stream = url.openStream()) {
				mapper.readTree(stream).path("properties").forEach((property) -> {
					if (property.path("name").asText().startsWith("comfydeploy.")) {
						properties.put(property.path("name").asText(), property);
					}
				});
			}
		}
		return properties;
	}

	private static void generateKeyStore(Path path) throws Exception {
		Process keytool = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
				"-genkeypair", "-alias", "server", "-keyalg", "EC", "-validity", "2", "-dname", "CN=localhost", "-ext",
				"san=dns:localhost", "-storetype", "PKCS12", "-keystore", path.toString(), "-storepass", "password")
			.redirectErrorStream(true)
			.start();
		String output = new String(keytool.getInputStream().readAllBytes());
		assertThat(keytool.waitFor(1, TimeUnit.MINUTES)).isTrue();
		assertThat(keytool.exitValue()).as(output).isZero();
	}

}
