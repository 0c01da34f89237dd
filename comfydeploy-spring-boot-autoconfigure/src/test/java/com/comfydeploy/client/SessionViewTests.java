package com.comfydeploy.client;

import java.time.Duration;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for views with their own options.
 */
class SessionViewTests {

	@RegisterExtension
	static WireMockExtension server = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

	private final SessionOperations sessions = Clients.build(Clients.builder(server.baseUrl()), new TestTime());

	@AfterEach
	void close() {
		Clients.close(this.sessions);
	}

	@Test
	void retriesAreThoseOfTheView() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		SessionOperations once = this.sessions.with(CallOptions.builder().retry(RetrySettings.none()).build());
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> once.get("s1"));
		server.verify(1, anyRequestedFor(anyUrl()));
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> this.sessions.get("s1"));
		server.verify(6, anyRequestedFor(anyUrl()));
	}

	@Test
	void nonIdempotentCallIsRetriedOnlyInItsView() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		CreateSessionRequest request = CreateSessionRequest.forMachine("m1").build();
		SessionOperations risky = this.sessions.with(CallOptions.builder()
			.retry(RetrySettings.builder().retryNonIdempotent(true).maxAttempts(2).build())
			.build());
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> risky.create(request))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		server.verify(2, postRequestedFor(anyUrl()));
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> this.sessions.create(request));
		server.verify(3, postRequestedFor(anyUrl()));
	}

	@Test
	void headersAndTokenOfViewsAreCombined() {
		server.stubFor(any(anyUrl()).willReturn(okJson("{\"id\":\"s1\"}")));
		SessionOperations view = this.sessions
			.with(CallOptions.builder().header("X-One", "1").header("X-Two", "1").bearer("other").build())
			.with(CallOptions.builder().header("x-two", "2").header("User-Agent", "me").build());
		view.get("s1");
		server.verify(1,
				getRequestedFor(anyUrl()).withHeader("X-One", equalTo("1"))
					.withHeader("X-Two", equalTo("2"))
					.withHeader("User-Agent", equalTo("me"))
					.withHeader("Authorization", equalTo("Bearer other")));
		this.sessions.get("s2");
		assertThat(server.findAll(getRequestedFor(anyUrl()).withoutHeader("X-One"))).singleElement()
			.satisfies(
					(request) -> assertThat(request.getHeader("Authorization")).isEqualTo("Bearer " + Clients.TOKEN));
	}

	@Test
	void headerReplacesDefault() {
		server.stubFor(any(anyUrl())
			.willReturn(okJson(SessionFixtures.SESSION_JSON).withHeader("Content-Type", "text/event-stream")));
		SessionOperations view = this.sessions.with(CallOptions.builder()
			.header("accept", "application/*")
			.header("content-type", "application/json;charset=UTF-8")
			.build());
		view.create(CreateSessionRequest.forMachine("m1").build());
		view.streamLog("s1").close();
		assertThat(server.findAll(anyRequestedFor(anyUrl()))).hasSize(2)
			.allSatisfy((request) -> assertThat(request.header("Accept").values()).containsExactly("application/*"))
			.anySatisfy((request) -> assertThat(request.header("Content-Type").values())
				.containsExactly("application/json;charset=UTF-8"));
	}

	@Test
	void readTimeoutIsThatOfTheView() {
		server.stubFor(any(anyUrl()).willReturn(okJson(SessionFixtures.SESSION_JSON).withFixedDelay(2000)));
		SessionOperations hasty = this.sessions
			.with(CallOptions.builder().readTimeout(Duration.ofSeconds(1)).retry(RetrySettings.none()).build());
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> hasty.get("s1"))
			.withMessageContaining("1000 ms");
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> hasty.create(CreateSessionRequest.forMachine("m1").waitForServer(true).build()))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(hasty.cancel("s1", true)).isTrue();
	}

	@Test
	void tokenOfAViewIsMaskedToo() {
		server.stubFor(
				any(anyUrl()).willReturn(aResponse().withStatus(400).withBody("{\"detail\":\"bad other-token\"}")));
		SessionOperations view = this.sessions.with(CallOptions.builder().bearer("other-token").build());
		assertThatExceptionOfType(ComfyDeployException.class).isThrownBy(() -> view.get("s1"))
			.satisfies((ex) -> assertThat(ex.toString()).contains("******").doesNotContain("other-token"));
		assertThat(CallOptions.builder().bearer("other-token").header("X", "hidden").build().toString())
			.doesNotContain("other-token")
			.doesNotContain("hidden");
	}

	@Test
	void viewDoesNotCloseTheClient() {
		assertThat(this.sessions).isInstanceOf(AutoCloseable.class);
		assertThat(this.sessions.with(CallOptions.builder().build())).isNotInstanceOf(AutoCloseable.class);
	}

	@Test
	void millionViewsLeakNoMemory() {
		CallOptions options = CallOptions.builder().header("X", "y").readTimeout(Duration.ofSeconds(9)).build();
		server.stubFor(any(anyUrl()).willReturn(okJson("{\"id\":\"s1\"}")));
		for (int i = 0; i < 10_000; i++) {
			this.sessions.with(options);
		}
		this.sessions.with(options).get("s1");
		long before = liveBytes();
		for (int i = 0; i < 1_000_000; i++) {
			SessionOperations view = this.sessions.with(options);
			if (i % 10_000 == 0) {
				view.get("s1");
			}
		}
		server.resetRequests();
		assertThat(liveBytes() - before).isLessThan(10_000_000);
	}

	private static long liveBytes() {
		System.gc();
		Runtime runtime = Runtime.getRuntime();
		return runtime.totalMemory() - runtime.freeMemory();
	}

	@ParameterizedTest
	@CsvSource({ "Authorization, x", "AUTHORIZATION, x", "Host, x", "Content-Length, 1", "Connection, close", "X Y, x",
			"'', x", "X:, x", "Ü, x" })
	void reservedHeaderIsRejected(String name, String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().header(name, value));
	}

	@ParameterizedTest
	@ValueSource(strings = { "a\r\nb", "a\nb", "\u0000", "\u007f", "\u0394" })
	void invalidHeaderValueIsRejected(String value) {
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().header("X", value));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "secret key", "secret\n", "sécret" })
	void invalidTokenIsRejectedAndNotShown(String token) {
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().bearer(token))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret").doesNotContain("cret"));
	}

	@Test
	void invalidSettingsAreRejected() {
		assertThatIllegalArgumentException().isThrownBy(() -> CallOptions.builder().readTimeout(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> RetrySettings.builder().maxAttempts(0));
		assertThatIllegalArgumentException().isThrownBy(() -> RetrySettings.builder().multiplier(0.9));
		assertThatIllegalArgumentException().isThrownBy(() -> RetrySettings.builder().multiplier(Double.NaN));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> RetrySettings.builder().initialInterval(Duration.ofMillis(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> RetrySettings.builder().maxElapsedTime(Duration.ZERO));
		RetrySettings.builder().initialInterval(Duration.ZERO).maxInterval(Duration.ZERO).build();
	}

}
