package com.comfydeploy.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.net.ssl.SSLHandshakeException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.client.AttemptFailure.Delivery;
import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AttemptFailure}: the rules of retries.
 */
class AttemptFailureTests {

	@ParameterizedTest
	@CsvSource({ "399, UNKNOWN", "400, REJECTED", "407, REJECTED", "408, UNKNOWN", "409, REJECTED", "429, REJECTED",
			"499, REJECTED", "500, UNKNOWN", "503, UNKNOWN", "302, UNKNOWN" })
	void deliveryFollowsFromStatus(int status, Delivery delivery) {
		AttemptFailure failure = AttemptFailure.of(response(status), Delivery.NOT_SENT);
		assertThat(failure.delivery()).isEqualTo(delivery);
		assertThat(failure.reason()).isEqualTo(String.valueOf(status));
		assertThat(failure.response()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(ints = { 425, 429 })
	void transientRejectionIsRetriedForEachOperation(int status) {
		assertThat(AttemptFailure.of(response(status), Delivery.NOT_SENT).isRetryable(false, false)).isTrue();
		assertThat(AttemptFailure.of(response(status), Delivery.NOT_SENT).isRetryable(true, true)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(ints = { 408, 500, 502, 503, 504 })
	void serverFailureIsRetriedIfRepeatable(int status) {
		assertThat(AttemptFailure.of(response(status), Delivery.NOT_SENT).isRetryable(true, false)).isTrue();
		assertThat(AttemptFailure.of(response(status), Delivery.NOT_SENT).isRetryable(false, true)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 301, 400, 401, 403, 404, 409, 422, 501, 505 })
	void otherStatusIsNotRetried(int status) {
		assertThat(AttemptFailure.of(response(status), Delivery.NOT_SENT).isRetryable(true, true)).isFalse();
	}

	@ParameterizedTest
	@EnumSource(names = { "TIMED_OUT", "PROTOCOL_ERROR", "IO_ERROR" })
	void unsentRequestIsRetriedForEachOperation(Reason reason) {
		AttemptFailure failure = AttemptFailure.of(new TransportException("", null, reason, false), Delivery.NOT_SENT);
		assertThat(failure.delivery()).isEqualTo(Delivery.NOT_SENT);
		assertThat(failure.reason()).isEqualTo("io");
		assertThat(failure.response()).isNull();
		assertThat(failure.isRetryable(false, true)).isTrue();
		assertThat(failure.isRetryable(true, false)).isFalse();
	}

	@Test
	void earlierRequestOfTheAttemptCounts() {
		TransportException notSent = new TransportException("", null, Reason.IO_ERROR, false);
		for (Delivery earlier : Delivery.values()) {
			assertThat(AttemptFailure.of(notSent, earlier).delivery()).isEqualTo(earlier);
			assertThat(AttemptFailure.of(notSent, earlier).isRetryable(false, true))
				.isEqualTo(earlier == Delivery.NOT_SENT);
			assertThat(AttemptFailure.of(response(429), earlier).isRetryable(false, true))
				.isEqualTo(earlier != Delivery.UNKNOWN);
			assertThat(AttemptFailure.of(response(429), earlier).isRetryable(true, true)).isTrue();
		}
	}

	@ParameterizedTest
	@MethodSource
	void sentRequestIsRetriedIfRepeatable(Throwable cause) {
		AttemptFailure failure = AttemptFailure.of(cause, Delivery.NOT_SENT);
		assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
		assertThat(failure.isRetryable(false, true)).isFalse();
		assertThat(failure.isRetryable(true, true)).isTrue();
		assertThat(failure.isRetryable(true, false)).isFalse();
	}

	static Stream<Throwable> sentRequestIsRetriedIfRepeatable() {
		return Stream.of(new TransportException("", null, Reason.TIMED_OUT, true),
				new TransportException("", null, Reason.PROTOCOL_ERROR, true),
				new TransportException("", null, Reason.IO_ERROR, true));
	}

	/**
	 * An interceptor of the application may have sent requests of its own.
	 */
	@ParameterizedTest
	@MethodSource
	void deliveryIsUnknownForFailuresOfInterceptors(Throwable cause) {
		assertThat(AttemptFailure.of(cause, Delivery.NOT_SENT).delivery()).isEqualTo(Delivery.UNKNOWN);
		assertThat(AttemptFailure.of(cause, Delivery.NOT_SENT).isRetryable(false, true)).isFalse();
		assertThat(AttemptFailure.of(cause, Delivery.NOT_SENT).isRetryable(true, true)).isTrue();
	}

	static Stream<Throwable> deliveryIsUnknownForFailuresOfInterceptors() {
		return Stream.of(new ConnectException(), new UnknownHostException(), new EOFException(),
				new SSLHandshakeException(""));
	}

	@ParameterizedTest
	@EnumSource(names = { "UNTRUSTED", "MISCONFIGURED", "PROXY_REFUSED", "UNSUPPORTED", "TOO_LARGE" })
	void permanentFailureIsNotRetried(Reason reason) {
		for (boolean sent : new boolean[] { true, false }) {
			AttemptFailure failure = AttemptFailure.of(new TransportException("", null, reason, sent),
					Delivery.NOT_SENT);
			assertThat(failure.delivery()).isEqualTo(sent ? Delivery.UNKNOWN : Delivery.NOT_SENT);
			assertThat(failure.isRetryable(true, true)).isFalse();
			assertThat(failure.endsCall()).isFalse();
		}
	}

	@Test
	void failureOfApplicationIsNotRetried() {
		AttemptFailure failure = AttemptFailure.of(new IllegalStateException(), Delivery.NOT_SENT);
		assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
		assertThat(failure.isRetryable(true, true)).isFalse();
		assertThat(failure.endsCall()).isFalse();
	}

	@ParameterizedTest
	@EnumSource(names = { "INTERRUPTED", "CLOSED" })
	void interruptAndCloseEndTheCall(Reason reason) {
		AttemptFailure failure = AttemptFailure.of(new TransportException("", null, reason, false), Delivery.NOT_SENT);
		assertThat(failure.endsCall()).isTrue();
		assertThat(failure.isRetryable(true, true)).isFalse();
	}

	@Test
	void retryAfterIsThatOfTheResponse() {
		ApiErrorResponse response = new ApiErrorResponse("get", 503, Map.of("Retry-After", List.of("7")), "", 1, false);
		assertThat(AttemptFailure.of(response, Delivery.NOT_SENT).retryAfter()).isEqualTo(Duration.ofSeconds(7));
		assertThat(AttemptFailure.of(response(503), Delivery.NOT_SENT).retryAfter()).isNull();
		assertThat(AttemptFailure.of(new IOException(), Delivery.NOT_SENT).retryAfter()).isNull();
	}

	private static ApiErrorResponse response(int status) {
		return new ApiErrorResponse("get", status, Map.of(), "", 1, false);
	}

}
