package com.comfydeploy.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;

import com.comfydeploy.client.AttemptFailure.Fate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AttemptFailure}: the table of what is tried again.
 */
class AttemptFailureTests {

	@ParameterizedTest
	@CsvSource({ "399, AMBIGUOUS", "400, REJECTED", "407, REJECTED", "408, AMBIGUOUS", "409, REJECTED", "429, REJECTED",
			"499, REJECTED", "500, AMBIGUOUS", "503, AMBIGUOUS", "302, AMBIGUOUS" })
	void onlyARejectionSurelyDidNothing(int status, Fate fate) {
		AttemptFailure failure = AttemptFailure.of(reply(status));
		assertThat(failure.fate()).isEqualTo(fate);
		assertThat(failure.reason()).isEqualTo(String.valueOf(status));
		assertThat(failure.reply()).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(ints = { 425, 429 })
	void aRejectionThatPassesIsRetriedWhateverTheOperation(int status) {
		assertThat(AttemptFailure.of(reply(status)).isRetryable(false, false)).isTrue();
		assertThat(AttemptFailure.of(reply(status)).isRetryable(true, true)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(ints = { 408, 500, 502, 503, 504 })
	void aFailureOfTheServerIsRetriedWhereThatIsHarmless(int status) {
		assertThat(AttemptFailure.of(reply(status)).isRetryable(true, false)).isTrue();
		assertThat(AttemptFailure.of(reply(status)).isRetryable(false, true)).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 301, 400, 401, 403, 404, 409, 422, 501, 505 })
	void anotherStatusIsFinal(int status) {
		assertThat(AttemptFailure.of(reply(status)).isRetryable(true, true)).isFalse();
	}

	@ParameterizedTest
	@MethodSource
	void whatComesBeforeSendingIsRetriedWhateverTheOperation(Throwable cause) {
		AttemptFailure failure = AttemptFailure.of(cause);
		assertThat(failure.fate()).isEqualTo(Fate.NOT_SENT);
		assertThat(failure.reason()).isEqualTo("io");
		assertThat(failure.reply()).isNull();
		assertThat(failure.isRetryable(false, true)).isTrue();
		assertThat(failure.isRetryable(true, false)).isFalse();
	}

	static Stream<Throwable> whatComesBeforeSendingIsRetriedWhateverTheOperation() {
		return Stream.of(new ConnectException(), new HttpConnectTimeoutException(""), new UnknownHostException(),
				new NoRouteToHostException(), new SSLHandshakeException("Remote host terminated the handshake"),
				new SSLException("Unrecognized SSL message, plaintext connection?"));
	}

	@ParameterizedTest
	@MethodSource
	void whatMayHaveArrivedIsRetriedWhereThatIsHarmless(Throwable cause) {
		AttemptFailure failure = AttemptFailure.of(cause);
		assertThat(failure.fate()).isEqualTo(Fate.AMBIGUOUS);
		assertThat(failure.isRetryable(false, true)).isFalse();
		assertThat(failure.isRetryable(true, true)).isTrue();
		assertThat(failure.isRetryable(true, false)).isFalse();
	}

	static Stream<Throwable> whatMayHaveArrivedIsRetriedWhereThatIsHarmless() {
		return Stream.of(new IOException("Connection reset"), new EOFException(), new HttpTimeoutException(""),
				new SocketTimeoutException(), new SSLException("Tag mismatch"), new SSLException((String) null),
				new IOException("Unrecognized SSL message"));
	}

	@ParameterizedTest
	@MethodSource
	void aCertificateThatIsNotTrustedStaysSo(Throwable cause) {
		assertThat(AttemptFailure.of(cause).fate()).isEqualTo(Fate.NOT_SENT);
		assertThat(AttemptFailure.of(cause).isRetryable(true, true)).isFalse();
	}

	static Stream<Throwable> aCertificateThatIsNotTrustedStaysSo() {
		return Stream.of(new SSLPeerUnverifiedException("Host name does not match"),
				new SSLHandshakeException("").initCause(new CertificateException()),
				new SSLHandshakeException("").initCause(new IOException(new CertPathValidatorException())),
				new SSLHandshakeException("Received fatal alert: bad_certificate"),
				new SSLHandshakeException("Received fatal alert: CERTIFICATE_required"),
				new SSLHandshakeException("Received fatal alert: unknown_ca"));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "Received fatal alert: handshake_failure", "The certificate of nobody", "unknown_ca received" })
	void anotherHandshakeThatFailsMayPass(String message) {
		assertThat(AttemptFailure.of(new SSLHandshakeException(message)).isRetryable(false, true)).isTrue();
	}

	@Test
	void anAlertIsOneOfTheHandshakeOnly() {
		IOException cause = new IOException("Received fatal alert: unknown_ca");
		assertThat(AttemptFailure.of(cause).isRetryable(true, true)).isTrue();
	}

	@Test
	void whatIsNoFailureOfTheNetworkIsFinal() {
		AttemptFailure failure = AttemptFailure.notSent(new IllegalStateException());
		assertThat(failure.fate()).isEqualTo(Fate.NOT_SENT);
		assertThat(failure.isRetryable(true, true)).isFalse();
		assertThat(failure.isEndOfCall()).isFalse();
	}

	@Test
	void theEndOfACallIsFinal() {
		for (Exception end : new Exception[] { new RequestInterruptedException("interrupted"),
				new ClientClosedException() }) {
			AttemptFailure failure = AttemptFailure.notSent(end);
			assertThat(failure.isEndOfCall()).isTrue();
			assertThat(failure.isRetryable(true, true)).isFalse();
		}
	}

	@Test
	void theServersWishIsReadFromItsHeader() {
		HttpHeaders headers = new HttpHeaders();
		headers.set("Retry-After", "7");
		SessionReply reply = new SessionReply(503, headers, new byte[0], InputStream.nullInputStream());
		assertThat(AttemptFailure.of(reply).retryAfter(Instant.EPOCH)).isEqualTo(Duration.ofSeconds(7));
		assertThat(AttemptFailure.of(reply(503)).retryAfter(Instant.EPOCH)).isNull();
		assertThat(AttemptFailure.of(new IOException()).retryAfter(Instant.EPOCH)).isNull();
	}

	private static SessionReply reply(int status) {
		return new SessionReply(status, new HttpHeaders(), new byte[0], InputStream.nullInputStream());
	}

}
