package com.comfydeploy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.read.ListAppender;
import ch.qos.logback.core.spi.FilterReply;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.logging.ConditionEvaluationReportLoggingListener;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.autoconfigure.ComfyDeployConnectionDetails;
import com.comfydeploy.autoconfigure.ComfyDeployProperties;
import com.comfydeploy.client.BearerTokenProvider;
import com.comfydeploy.client.SocketServer;
import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests that the token is not shown anywhere, whatever the server sends.
 */
class SecretsTests {

	private static final String TOKEN = "cd_s3cr3t_0123456789abcdef";

	/** Characters that JSON escapes. */
	private static final String ESCAPED_TOKEN = "cd/s3\\cr3t\"0123";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final LoggerContext loggers = (LoggerContext) LoggerFactory.getILoggerFactory();

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final List<String> observed = new CopyOnWriteArrayList<>();

	private final MeterRegistry meters = new SimpleMeterRegistry();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withBean(MeterRegistry.class, () -> this.meters)
		.withBean(ObservationRegistry.class, this::observationRegistry)
		.withPropertyValues("comfydeploy.bearer=" + TOKEN, "comfydeploy.base-url=" + server.baseUrl(),
				"comfydeploy.retry.max-attempts=2", "comfydeploy.retry.initial-interval=0");

	private Level rootLevel;

	private Level ownLevel;

	@BeforeEach
	void captureAllLogging() {
		Logger root = this.loggers.getLogger(Logger.ROOT_LOGGER_NAME);
		Logger own = this.loggers.getLogger("com.comfydeploy");
		this.rootLevel = root.getLevel();
		this.ownLevel = own.getLevel();
		root.setLevel(Level.DEBUG);
		own.setLevel(Level.TRACE);
		// The logs of WireMock contain its responses
		this.log.addFilter(new Filter<>() {

			@Override
			public FilterReply decide(ILoggingEvent event) {
				return event.getLoggerName().contains("wiremock") ? FilterReply.DENY : FilterReply.NEUTRAL;
			}

		});
		this.log.setContext(this.loggers);
		this.log.start();
		root.addAppender(this.log);
	}

	@AfterEach
	void releaseLogging() {
		Logger root = this.loggers.getLogger(Logger.ROOT_LOGGER_NAME);
		root.detachAppender(this.log);
		root.setLevel(this.rootLevel);
		this.loggers.getLogger("com.comfydeploy").setLevel(this.ownLevel);
	}

	@Test
	void tokenOfASuccessIsNotShown() {
		server.stubFor(
				any(anyUrl()).willReturn(jsonResponse(SessionFixtures.SESSION_JSON, 200).withHeader("X-Echo", TOKEN)));
		this.contextRunner.run((context) -> {
			SessionOperations operations = context.getBean(SessionOperations.class);
			operations.get("s1");
			operations.create(CreateSessionRequest.forMachine("m1").build());
			operations.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(1), Gpu.CPU));
			operations.cancel("s1", true);
		});
		server.verify(4, anyRequestedFor(anyUrl()).withHeader("Authorization", equalTo("Bearer " + TOKEN)));
		assertThat(this.log.list).extracting(ILoggingEvent::getFormattedMessage)
			.anySatisfy((message) -> assertThat(message).contains("cancel", "200"));
		assertNowhere(TOKEN);
	}

	@ParameterizedTest
	@ValueSource(ints = { 307, 400, 401, 403, 404, 422, 429, 500, 503 })
	void tokenThatAnErrorEchoesIsNotShown(int status) {
		for (String body : bodies(TOKEN)) {
			ResponseDefinitionBuilder response = aResponse().withStatus(status)
				.withBody(body)
				.withHeader("X-Echo", "Bearer " + TOKEN)
				.withHeader("Location", "https://example.com/?token=" + TOKEN)
				.withHeader("WWW-Authenticate", TOKEN);
			assertFailuresHide(TOKEN, response);
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 422, 500 })
	void tokenThatJsonEscapesIsNotShown(int status) {
		String escaped = ESCAPED_TOKEN.replace("\\", "\\\\").replace("\"", "\\\"");
		this.contextRunner.withBean(BearerTokenProvider.class, () -> () -> ESCAPED_TOKEN).run((context) -> {
			for (String token : List.of(escaped, escaped.replace("/", "\\/"))) {
				for (String body : bodies(token)) {
					server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(status).withBody(body)));
					assertFailureHides("s3\\cr3t", context.getBean(SessionOperations.class)::list);
					assertFailureHides("s3\\\\cr3t", context.getBean(SessionOperations.class)::list);
				}
			}
		});
		assertNowhere("s3\\cr3t");
		assertNowhere("s3\\\\cr3t");
	}

	@Test
	void tokenAcrossTheLimitOfABodyIsNotShown() {
		for (int i = 1; i < TOKEN.length(); i++) {
			String body = "x".repeat(64 * 1024 - i) + TOKEN + "y".repeat(10_000);
			server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(400).withBody(body)));
			this.contextRunner.run((context) -> {
				Throwable failure = catchThrowable(() -> context.getBean(SessionOperations.class).list());
				assertThat(((ComfyDeployApiException) failure).getResponseBody()).doesNotContain("cd_")
					.doesNotContain("xc");
			});
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "%s", "\"%s\"", "[ \"%s\" ]", "{ \"id\": { \"x\": \"%s\" } }", "{ \"%s\": }",
			"{ \"id\": \"s1\", \"created_at\": \"%s\" }", "{ \"id\": \"s1\", \"timeout\": \"%s\" }",
			"{ \"id\": \"s1\" } %s", "{ \"id\": %s }" })
	void tokenInAnUnreadableSuccessIsNotShown(String body) {
		assertFailuresHide(TOKEN, jsonResponse(body.formatted(TOKEN), 200));
	}

	@Test
	void tokenOfABrokenConnectionIsNotShown() {
		for (Fault fault : Fault.values()) {
			assertFailuresHide(TOKEN, aResponse().withFault(fault));
		}
	}

	static List<String> malformedResponses() {
		return List.of("HTTP/1.1 %s\r\n\r\n", "%s\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n{}",
				"HTTP/1.1 200 OK\r\nBad %s(: 1\r\n\r\n", "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
				"HTTP/1.1 200 OK\r\n(%s): 1\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Echo: \u0001%s\u0000\r\n\r\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
				"HTTP/1.1 401 %s\r\nContent-Type: %1$s/;;charset=%1$s\r\nContent-Length: 2\r\n\r\n{}",
				"HTTP/1.1 400 %s\r\nContent-Type: text/plain;charset=%1$s\r\nContent-Length: 2\r\n\r\n{}",
				"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: 2\r\n\r\n{}",
				"HTTP/1.1 101 %s\r\nUpgrade: %1$s\r\n\r\n", "HTTP/1.1 999 %s\r\nContent-Length: 0\r\n\r\n",
				"HTTP/1.1 429 Slow\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
				"HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n");
	}

	@ParameterizedTest(name = "[{index}]")
	@MethodSource("malformedResponses")
	@Timeout(60)
	void tokenInAMalformedResponseIsNotShown(String response) throws IOException {
		try (SocketServer raw = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.write(response.formatted(TOKEN).getBytes(StandardCharsets.ISO_8859_1));
		})) {
			this.contextRunner
				.withPropertyValues("comfydeploy.base-url=" + raw.baseUrl(), "comfydeploy.read-timeout=20s")
				.run((context) -> {
					SessionOperations operations = context.getBean(SessionOperations.class);
					assertFailureHides(TOKEN, () -> operations.get("s1"));
					assertFailureHides(TOKEN, () -> operations.create(CreateSessionRequest.forMachine("m1").build()));
				});
		}
		assertNowhere(TOKEN);
	}

	@ParameterizedTest(name = "[{index}]")
	@ValueSource(strings = { "s3cr3t\ns3cr3t", "s3cr3t s3cr3t", "s3cr3t\u20ac", "s3cr3t\r\nX-Evil: 1" })
	void tokenWithInvalidCharactersIsNotShown(String token) {
		this.contextRunner.withBean(BearerTokenProvider.class, () -> () -> token).run((context) -> {
			Throwable failure = catchThrowable(() -> context.getBean(SessionOperations.class).list());
			assertThat(failure).isInstanceOf(IllegalStateException.class);
			assertThat(stackTrace(failure)).doesNotContain("s3cr3t");
		});
		assertNowhere("s3cr3t");
	}

	@Test
	void translatorDoesNotReceiveTheToken() {
		List<ApiErrorResponse> responses = new ArrayList<>();
		server
			.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(401).withBody(TOKEN).withHeader("X-Echo", TOKEN)));
		this.contextRunner.withBean(ComfyDeployExceptionTranslator.class, () -> (response) -> {
			responses.add(response);
			throw new IllegalStateException(response.toString());
		}).run((context) -> assertFailureHides(TOKEN, context.getBean(SessionOperations.class)::list));
		assertThat(responses).singleElement().satisfies((response) -> {
			assertThat(response.headers()).containsKey("x-echo");
			assertThat(response.toString()).doesNotContain(TOKEN);
		});
		assertNowhere(TOKEN);
	}

	@Test
	void noBeanShowsTheTokenInToString() {
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(ComfyDeployConnectionDetails.class).toString()).doesNotContain(TOKEN);
			assertThat(context.getBean(ComfyDeployProperties.class).toString()).doesNotContain(TOKEN);
			for (String name : context.getBeanDefinitionNames()) {
				assertThat(String.valueOf(context.getBean(name))).as(name).doesNotContain(TOKEN);
				assertThat(context.getBeanFactory().getBeanDefinition(name).toString()).as(name).doesNotContain(TOKEN);
			}
		});
		assertNowhere(TOKEN);
	}

	@Test
	void conditionsReportDoesNotShowTheToken() {
		this.contextRunner.withInitializer(ConditionEvaluationReportLoggingListener.forLogLevel(LogLevel.INFO))
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(this.log.list).extracting(ILoggingEvent::getFormattedMessage)
			.anySatisfy((message) -> assertThat(message).contains("CONDITIONS EVALUATION REPORT", "ComfyDeploy token"));
		assertNowhere(TOKEN);
	}

	private static List<String> bodies(String token) {
		return List.of(token, "{ \"detail\": \"Token " + token + " is revoked\" }",
				"{ \"detail\": { \"token\": \"" + token + "\", \"" + token + "\": 1 } }",
				"{ \"detail\": [ { \"type\": \"" + token + "\", \"loc\": [ \"header\", \"" + token + "\" ], \"msg\": \""
						+ token + "\", \"input\": \"" + token + "\" } ] }",
				"{ \"error\": \"" + token + "\" }", "<html><body>" + token + "</body></html>",
				"{ \"detail\": \"" + token);
	}

	private void assertFailuresHide(String secret, ResponseDefinitionBuilder response) {
		server.stubFor(any(anyUrl()).willReturn(response));
		this.contextRunner.run((context) -> {
			SessionOperations operations = context.getBean(SessionOperations.class);
			assertFailureHides(secret, () -> operations.get("s1"));
			assertFailureHides(secret, () -> operations.create(CreateSessionRequest.forMachine("m1").build()));
		});
		assertNowhere(secret);
	}

	private static void assertFailureHides(String secret, Runnable call) {
		Throwable failure = catchThrowable(call::run);
		assertThat(failure).isInstanceOf(ComfyDeployException.class);
		assertThat(stackTrace(failure)).doesNotContain(secret);
		if (failure instanceof ComfyDeployApiException apiFailure) {
			assertThat(apiFailure.getResponseBody()).doesNotContain(secret);
			assertThat(String.valueOf(apiFailure.getDetail())).doesNotContain(secret);
		}
		if (failure instanceof HttpValidationException validationFailure) {
			assertThat(validationFailure.getErrors())
				.allSatisfy((error) -> assertThat(error.loc() + " " + error.msg() + " " + error.type() + " " + error)
					.doesNotContain(secret));
		}
	}

	/** Check logs, meters and observations. */
	private void assertNowhere(String secret) {
		for (ILoggingEvent event : List.copyOf(this.log.list)) {
			String text = event.getLoggerName() + " " + event.getFormattedMessage() + " "
					+ ThrowableProxyUtil.asString(event.getThrowableProxy());
			assertThat(text).doesNotContain(secret);
		}
		assertThat(this.observed).noneMatch((text) -> text.contains(secret));
		assertThat(this.meters.getMeters()).noneMatch((meter) -> meter.getId().toString().contains(secret));
	}

	private static String stackTrace(Throwable failure) {
		StringWriter text = new StringWriter();
		failure.printStackTrace(new PrintWriter(text));
		return text.toString();
	}

	private ObservationRegistry observationRegistry() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig()
			.observationHandler(new DefaultMeterObservationHandler(this.meters))
			.observationHandler(new ObservationHandler<>() {

				@Override
				public void onStop(Observation.Context context) {
					SecretsTests.this.observed.add(context.getContextualName() + " " + context.getAllKeyValues() + " "
							+ context + ((context.getError() != null) ? stackTrace(context.getError()) : ""));
				}

				@Override
				public boolean supportsContext(Observation.Context context) {
					return true;
				}

			});
		return registry;
	}

}
