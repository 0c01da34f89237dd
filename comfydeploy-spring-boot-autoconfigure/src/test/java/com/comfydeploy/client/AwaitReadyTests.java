package com.comfydeploy.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for waiting until a session is ready, with a clock that the test controls.
 */
class AwaitReadyTests {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private static final ResponseDefinitionBuilder STARTING = okJson("{\"id\":\"s1\",\"url\":null}");

	private static final ResponseDefinitionBuilder READY = okJson("{\"id\":\"s1\",\"url\":\"https://x.example\"}");

	private static final ResponseDefinitionBuilder GONE = aResponse().withStatus(404)
		.withBody("{\"detail\":\"GPUEvent not found\"}");

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private final TestTime time = new TestTime();

	/** The timeout of each attempt. */
	private final List<Duration> readTimeouts = new ArrayList<>();

	private final SessionOperations sessions = Clients.build(Clients.builder(server.baseUrl())
		.pollInterval(Duration.ofSeconds(7))
		.customizer((builder) -> builder.requestInterceptor((request, body, execution) -> {
			AttemptOptions options = (AttemptOptions) request.getAttributes().get(AttemptOptions.ATTRIBUTE);
			this.readTimeouts.add(options.request().timeout());
			return execution.execute(request, body);
		})), this.time);

	@AfterEach
	void close() {
		Clients.close(this.sessions);
	}

	@Test
	void readySessionIsReturnedImmediately() {
		Responses.inTurn(server, READY);
		assertThat(this.sessions.awaitReady("s1", MINUTE).url()).isEqualTo("https://x.example");
		assertThat(this.time.sleeps).isEmpty();
		server.verify(1, getRequestedFor(urlEqualTo("/session/s1")));
	}

	@Test
	void pollsAreAPollIntervalApart() {
		Responses.inTurn(server, STARTING, STARTING, READY);
		Session session = this.sessions.awaitReady("s1", MINUTE);
		assertThat(session.isReady()).isTrue();
		assertThat(this.time.sleeps).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(7));
	}

	@Test
	void missingSessionIsNotFound() {
		Responses.inTurn(server, STARTING, GONE);
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", MINUTE));
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void lastPollIsAtTheEndOfTheTime() {
		server.stubFor(any(anyUrl()).willReturn(STARTING));
		assertThatExceptionOfType(SessionNotReadyException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(10)))
			.satisfies((ex) -> {
				assertThat(ex.getSessionId()).isEqualTo("s1");
				assertThat(ex.getOperation()).isEqualTo("get");
				assertThat(ex).hasMessageContaining("s1").hasMessageContaining("10s").hasMessageContaining("cancel");
			});
		assertThat(this.time.sleeps).containsExactly(Duration.ofSeconds(7), Duration.ofSeconds(3));
		server.verify(3, anyRequestedFor(anyUrl()));
	}

	@Test
	void retriesEndWithTheTimeToo() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withHeader("Retry-After", "4")));
		assertThatExceptionOfType(SessionNotReadyException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(10)))
			.withCauseInstanceOf(ComfyDeployApiException.ServerError.class)
			.matches((ex) -> ex.getAttempts() == 3);
		assertThat(this.time.sleeps).containsExactly(Duration.ofSeconds(4), Duration.ofSeconds(4));
	}

	@Test
	void attemptTimeoutIsRemainingTime() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withHeader("Retry-After", "4")));
		assertThatExceptionOfType(SessionNotReadyException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(10)));
		assertThat(this.readTimeouts).containsExactly(Duration.ofSeconds(10), Duration.ofSeconds(6),
				Duration.ofSeconds(2));
	}

	@Test
	void lastPollHasTimeoutOfWaitBeforeIt() {
		server.stubFor(any(anyUrl()).willReturn(STARTING));
		assertThatExceptionOfType(SessionNotReadyException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(12)));
		assertThat(this.readTimeouts).containsExactly(Duration.ofSeconds(12), Duration.ofSeconds(5),
				Duration.ofSeconds(5));
	}

	@Test
	void whenRetriesFailBeforeTheTimeoutFailureIsThrown() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withHeader("Retry-After", "4")));
		SessionOperations impatient = this.sessions.with(CallOptions.builder()
			.retry(RetrySettings.builder().maxElapsedTime(Duration.ofSeconds(3)).build())
			.build());
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
			.isThrownBy(() -> impatient.awaitReady("s1", Duration.ofSeconds(10)));
		assertThat(this.time.sleeps).isEmpty();
	}

	@Test
	void failureAtTheEndOfTheTimeIsTheCause() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503).withHeader("Retry-After", "10")));
		assertThatExceptionOfType(SessionNotReadyException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(10)))
			.withCauseInstanceOf(ComfyDeployApiException.ServerError.class);
	}

	@Test
	void refusalAtTheEndIsThrown() {
		Responses.inTurn(server, STARTING, aResponse().withStatus(401));
		assertThatExceptionOfType(ComfyDeployApiException.Unauthorized.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", Duration.ofSeconds(1)));
	}

	@Test
	void interruptEndsLog() {
		server.stubFor(any(anyUrl()).willReturn(STARTING));
		this.time.whileSleeping = () -> Thread.currentThread().interrupt();
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", MINUTE));
		assertThat(Thread.interrupted()).isTrue();
		server.verify(1, anyRequestedFor(anyUrl()));
	}

	@Test
	void wallClockIsNotUsed() {
		Responses.inTurn(server, STARTING, STARTING, READY);
		this.time.whileSleeping = () -> this.time.moveWallClock(Duration.ofDays(400));
		assertThat(this.sessions.awaitReady("s1", MINUTE).isReady()).isTrue();
	}

	@Test
	void closingTheClientEndsTheWait() {
		server.stubFor(any(anyUrl()).willReturn(STARTING));
		this.time.whileSleeping = () -> Clients.close(this.sessions);
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> this.sessions.awaitReady("s1", MINUTE))
			.withMessageContaining("closed");
	}

	@Test
	void viewsWaitWithTheirOwnOptions() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class)
			.isThrownBy(() -> this.sessions.with(CallOptions.builder().retry(RetrySettings.none()).build())
				.awaitReady("s1", MINUTE));
		server.verify(1, anyRequestedFor(anyUrl()));
	}

}
