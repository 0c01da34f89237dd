package com.comfydeploy.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link CallListener}: what it receives of each call.
 */
@ExtendWith(OutputCaptureExtension.class)
class CallListenerTests {

	@RegisterExtension
	static final WireMockExtension server = WireMockExtension.newInstance().build();

	private final List<CallListener.Call> calls = new ArrayList<>();

	private final SessionClient sessions = client((builder) -> builder.callListener(this.calls::add));

	@AfterEach
	void close() {
		this.sessions.close();
	}

	@Test
	void listenerReceivesASuccessWithItsStatus() {
		server.stubFor(any(anyUrl()).willReturn(okJson("[]")));
		this.sessions.list();
		assertThat(this.calls).containsExactly(new CallListener.Call("list", 200, null, true));
	}

	@Test
	void listenerIsCalledOnceForAllAttempts() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(503)));
		assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(this.sessions::list)
			.satisfies((ex) -> assertThat(this.calls).containsExactly(new CallListener.Call("list", 503, ex, true)));
		server.verify(2, anyRequestedFor(anyUrl()));
	}

	@Test
	void listenerReceivesAFailureWithoutAResponse() {
		server.stubFor(any(anyUrl()).willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.sessions::list)
			.satisfies((ex) -> assertThat(this.calls).containsExactly(new CallListener.Call("list", null, ex, true)));
	}

	@Test
	void listenerReceivesASuccessThatCannotBeRead() {
		server.stubFor(any(anyUrl()).willReturn(okJson("<html>")));
		assertThatExceptionOfType(UnreadableResponseException.class).isThrownBy(this.sessions::list)
			.satisfies((ex) -> assertThat(this.calls).containsExactly(new CallListener.Call("list", 200, ex, true)));
	}

	@Test
	void listenerReceivesWhetherTheTokenIsTheClients() {
		server.stubFor(any(anyUrl()).willReturn(okJson("[]")));
		this.sessions.with(CallOptions.builder().bearer("another").build()).list();
		assertThat(this.calls).containsExactly(new CallListener.Call("list", 200, null, false));
	}

	@Test
	void listenerIsNotCalledForAnInvalidArgument() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.sessions.get(" "));
		assertThat(this.calls).isEmpty();
	}

	@Test
	void whenItFailsTheCallSucceedsAndTheLogSaysSo(CapturedOutput output) {
		server.stubFor(any(anyUrl()).willReturn(okJson("[]")));
		SessionClient failing = client((builder) -> builder.callListener((call) -> {
			throw new IllegalStateException("of the listener");
		}).callListener(this.calls::add));
		assertThat(failing.list()).isEmpty();
		assertThat(this.calls).hasSize(1);
		assertThat(output)
			.contains("Failed to notify a CallListener. ComfyDeploy calls are not affected: fix the "
					+ "exception in the listener")
			.contains("of the listener")
			.doesNotContain("observation handlers");
		failing.close();
	}

	private static SessionClient client(Consumer<SessionOperationsBuilder> customizer) {
		SessionOperationsBuilder builder = SessionOperationsBuilder.authorizedBy(() -> "token-of-the-test")
			.baseUrl(server.baseUrl())
			.retry(RetrySettings.builder().maxAttempts(2).initialInterval(Duration.ofMillis(1)).build());
		customizer.accept(builder);
		return builder.build();
	}

}
