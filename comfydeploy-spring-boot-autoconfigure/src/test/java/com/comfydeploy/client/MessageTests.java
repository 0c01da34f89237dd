package com.comfydeploy.client;

import java.time.Duration;
import java.util.function.Consumer;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.RetrySettings;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for what messages and log lines say.
 */
class MessageTests {

	private static final String WRONG_PATH = "{ \"detail\": \"Not Found\" }";

	private static final String ADVICE = "check 'comfydeploy.base-url'";

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private SessionClient client;

	@BeforeEach
	void build() {
		this.client = SessionOperationsBuilder.authorizedBy(() -> "cd_token")
			.baseUrl(server.baseUrl())
			.retry(RetrySettings.builder().initialInterval(Duration.ZERO).maxInterval(Duration.ZERO).build())
			.build();
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { WRONG_PATH, "<html>Not here</html>", "", "{}" })
	void whenPathIsUnknownMessageNamesTheBaseUrl(String body) {
		ResponseDefinitionBuilder response = jsonResponse(body, 404);
		assertThat(message(response, SessionClient::list)).contains(ADVICE);
		assertThat(message(response, MessageTests::create)).contains(ADVICE);
		assertThat(message(response, (client) -> client.get("s1"))).contains(ADVICE);
		assertThat(message(response, (client) -> client.machines().list())).contains(ADVICE);
		assertThat(message(response, (client) -> client.machines().get("m1"))).contains(ADVICE);
	}

	@Test
	void whenMachineIsUnknownMessageNamesTheBaseUrlToo() {
		assertThat(message(jsonResponse("{ \"detail\": \"Machine not found\" }", 404), MessageTests::create))
			.contains("Machine not found", "check the machine's id, and 'comfydeploy.base-url'");
	}

	@Test
	void whenSessionIsUnknownMessageDoesNotBlameTheBaseUrl() {
		assertThat(message(jsonResponse("{ \"detail\": \"GPUEvent not found\" }", 404), (client) -> client.get("s1")))
			.isEqualTo(
					"get failed: session s1: 404 GPUEvent not found - the session may have ended, or its id is wrong");
	}

	@Test
	void whenDeadlineIsUnknownMessageSaysHowToCheckTheSession() {
		assertThat(message(jsonResponse("{ \"detail\": \"GPU event not found\" }", 404),
				(client) -> client.increaseTimeout("s1", Duration.ofMinutes(5))))
			.endsWith("404 GPU event not found - the session may have ended, or may have lost its deadline: "
					+ "check find(sessionId)");
	}

	@Test
	void whenMachineOfAReadIsUnknownMessageNamesItsId() {
		assertThat(message(jsonResponse("{ \"detail\": \"Machine not found\" }", 404),
				(client) -> client.machines().get("m1")))
			.endsWith("404 Machine not found - check the machine's id");
	}

	@Test
	void whenCreateFailsWith500MessageNamesTheFormOfTheMachineId() {
		assertThat(message(aResponse().withStatus(500).withBody("Internal Server Error"), MessageTests::create))
			.startsWith(
					"create failed: 500 Internal Server Error - check that the machine's id is a UUID. The outcome");
		assertThat(
				message(aResponse().withStatus(500), (client) -> client.increaseTimeout("s1", Duration.ofMinutes(5))))
			.doesNotContain("UUID");
		assertThat(message(jsonResponse("{\"detail\":\"Session creation failed\"}", 500), MessageTests::create))
			.startsWith("create failed: 500 Session creation failed. The outcome");
	}

	@Test
	void messageNamesTheSession() {
		for (ResponseDefinitionBuilder response : new ResponseDefinitionBuilder[] { jsonResponse("{}", 400),
				jsonResponse("no session", 200), aResponse().withFault(Fault.EMPTY_RESPONSE) }) {
			assertThat(message(response, (client) -> client.get("s1"))).contains("session s1");
			assertThat(message(response, (client) -> client.snapshot("s1"))).contains("session s1");
		}
		assertThat(message(jsonResponse("{}", 400), (client) -> client.increaseTimeout("s1", Duration.ofMinutes(5))))
			.contains("session s1");
		assertThat(message(jsonResponse("{}", 400),
				(client) -> client
					.increaseTimeout(new IncreaseTimeoutRequest("m1", "s1", Duration.ofMinutes(5), Gpu.A10G))))
			.contains("session s1");
		assertThat(message(jsonResponse("{}", 400), SessionClient::list)).doesNotContain("session ");
	}

	@Test
	void messageSaysHowManyAttemptsOnce() {
		assertThat(message(aResponse().withStatus(503), SessionClient::list))
			.isEqualTo("list failed after 5 attempts: 503");
		assertThat(message(aResponse().withFault(Fault.EMPTY_RESPONSE), SessionClient::list))
			.startsWith("list failed after 5 attempts: ")
			.doesNotContainIgnoringCase("times", "tried")
			.containsOnlyOnce("5")
			.containsOnlyOnce("attempts");
	}

	@Test
	void durationsReadAsPropertiesDo() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.increaseTimeout("s1", Duration.ofSeconds(90)))
			.withMessageContaining("is 1m30s");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> CreateSessionRequest.forMachine("m1").timeout(Duration.ofSeconds(90)))
			.withMessageContaining("is 1m30s");
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().readTimeout(Duration.ZERO))
			.withMessageContaining("is 0s");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RetrySettings.builder().maxInterval(Duration.ofMillis(-1500)))
			.withMessageContaining("is -1s500ms");
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.awaitReady("s1", Duration.ofNanos(-1)))
			.withMessageContaining("is -1ns");
	}

	@Test
	void messageNamesTheInvalidSettingOfTheBuilder() {
		SessionOperationsBuilder builder = SessionOperationsBuilder.authorizedBy(() -> "token");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.readTimeout(Duration.ZERO))
			.withMessage("readTimeout must be at least a millisecond, but is 0s");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.pollInterval(Duration.ofNanos(1)))
			.withMessage("pollInterval must be at least a millisecond, but is 1ns");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.baseUrl("ftp://localhost"))
			.withMessage("baseUrl must begin with http:// or https://");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.ssl(null, null))
			.withMessage("context must not be null");
	}

	@Test
	void debugLinesHaveSessionAndTime() {
		Logger logger = (Logger) LoggerFactory.getLogger("com.comfydeploy.client");
		ListAppender<ILoggingEvent> appender = new ListAppender<>();
		appender.start();
		logger.addAppender(appender);
		logger.setLevel(Level.DEBUG);
		try {
			message(aResponse().withStatus(503), (client) -> client.get("s1"));
			message(aResponse().withFault(Fault.EMPTY_RESPONSE), SessionClient::list);
		}
		finally {
			logger.setLevel(null);
			logger.detachAppender(appender);
		}
		assertThat(appender.list).extracting(ILoggingEvent::getFormattedMessage)
			.filteredOn((line) -> !line.contains("attempt"))
			.hasSize(10)
			.allMatch((line) -> line.matches("get of session s1: 503 in \\d+ ms|list: io in \\d+ ms"));
		assertThat(appender.list).extracting(ILoggingEvent::getFormattedMessage)
			.anyMatch((line) -> line.matches("get of session s1: attempt 2 in \\d+ ms, after 503"));
	}

	private String message(ResponseDefinitionBuilder response, Consumer<SessionClient> call) {
		server.resetAll();
		server.stubFor(any(anyUrl()).willReturn(response));
		return catchThrowableOfType(ComfyDeployException.class, () -> call.accept(this.client)).getMessage();
	}

	private static void create(SessionClient client) {
		client.create(CreateSessionRequest.forMachine("m1").build());
	}

}
