package com.comfydeploy.autoconfigure;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.client.CallListener.Call;
import com.comfydeploy.error.ComfyDeployTransportException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RecentCalls}. {@code CallListenerTests} tests how a call is reported.
 */
class RecentCallsTests {

	private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

	private static final Exception FAILURE = new ComfyDeployTransportException("refused", null, "list", 1, false);

	private Instant now = START;

	private final RecentCalls calls = new RecentCalls(new Clock() {

		@Override
		public Instant instant() {
			return RecentCallsTests.this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	});

	@Test
	void whenThereWasNoCallHealthIsUnknown() {
		assertThat(this.calls.health().status()).isEqualTo("UNKNOWN");
	}

	@Test
	void successIsUpForFiveMinutes() {
		call(200, null);
		assertThat(this.calls.health().status()).isEqualTo("UP");
		this.now = START.plus(Duration.ofMinutes(5));
		assertThat(this.calls.health().status()).isEqualTo("UP");
		assertThat(this.calls.health().details()).containsEntry("lastSuccess", "2026-01-02T03:04:05Z");
		this.now = this.now.plusMillis(1);
		assertThat(this.calls.health().status()).isEqualTo("UNKNOWN");
		assertThat(this.calls.health().details()).containsEntry("lastSuccess", "2026-01-02T03:04:05Z");
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 403, 404, 409, 422, 429, 500 })
	void errorResponseToAValidTokenIsUp(int status) {
		call(status, FAILURE);
		assertThat(this.calls.health().status()).isEqualTo("UP");
		assertThat(this.calls.health().details()).containsEntry("status", status).doesNotContainKey("lastSuccess");
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 401, 502, 503, 504 })
	void otherErrorResponseIsDegraded(int status) {
		call(200, null);
		call(status, FAILURE);
		assertThat(this.calls.health().status()).isEqualTo("DEGRADED");
		assertThat(this.calls.health().details()).containsKeys("reason", "lastSuccess");
	}

	@Test
	void missingResponseIsDegradedUntilThereIsOne() {
		call(null, FAILURE);
		assertThat(this.calls.health().status()).isEqualTo("DEGRADED");
		call(404, FAILURE);
		assertThat(this.calls.health().status()).isEqualTo("UP");
	}

	@Test
	void missingTokenIsDegraded() {
		call(null, new IllegalStateException("There is no token"));
		assertThat(this.calls.health().status()).isEqualTo("DEGRADED");
		assertThat(this.calls.health().details()).containsEntry("reason", "No request was sent: IllegalStateException");
	}

	@Test
	void rejectedTokenOfASingleCallDoesNotCount() {
		call(200, null);
		this.calls.onCall(new Call("list", 401, FAILURE, false));
		assertThat(this.calls.health().status()).isEqualTo("UP");
	}

	@Test
	void interruptedCallDoesNotCount() {
		call(200, null);
		Thread.currentThread().interrupt();
		call(null, FAILURE);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.calls.health().status()).isEqualTo("UP");
	}

	private void call(@Nullable Integer status, @Nullable Throwable failure) {
		this.calls.onCall(new Call("list", status, failure, true));
	}

}
