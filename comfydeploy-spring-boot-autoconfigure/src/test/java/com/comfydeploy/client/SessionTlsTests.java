package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLServerSocket;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.internal.http.Tls;
import com.comfydeploy.session.CreateSessionRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls over TLS.
 */
@Timeout(60)
class SessionTlsTests extends AbstractSocketServerTests {

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	@Test
	void trustedServerIsCalled() throws Exception {
		startTls("good");
		for (int i = 0; i < 3; i++) {
			assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
			assertThat(this.sessions.create(CREATE).sessionId()).isEqualTo("s1");
		}
		assertThat(this.server.requests()).hasSize(6);
		assertThat(this.server.connections()).isEqualTo(4);
	}

	@ParameterizedTest
	@ValueSource(strings = { "expired", "wrong-host", "self-signed" })
	void untrustedServerReceivesNothingAndIsNotRetried(String certificate) throws Exception {
		startTls(certificate);
		for (Call call : Call.values()) {
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
				.satisfies((ex) -> {
					assertThat(ex.getAttempts()).isOne();
					assertThat(ex.isOutcomeUnknown()).isFalse();
				});
		}
		assertThat(this.server.requests()).isEmpty();
		assertThat(this.server.connections()).isEqualTo(Call.values().length);
	}

	/** With TLS 1.3, the client has begun to write when the server rejects it. */
	@ParameterizedTest
	@EnumSource(Call.class)
	void whenServerRequiresClientCertificateItReceivesNothing(Call call) throws Exception {
		SSLServerSocket serverSocket = (SSLServerSocket) Tls.serverSocket(Tls.server("good"));
		serverSocket.setNeedClientAuth(true);
		start(SocketServer.start(serverSocket, AbstractSocketServerTests::keepResponding), "https");
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isEqualTo(!call.repeatable));
		assertThat(this.server.requests()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void incompleteHandshakeIsRetried(Call call) throws Exception {
		start((connection) -> connection.read(5), "https");
		assertNotSent(call);
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void plainServerBehindHttpsUrlReceivesNoRequest(Call call) throws Exception {
		BlockingQueue<String> received = new LinkedBlockingQueue<>();
		start((connection) -> {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			bytes.write(connection.read(5));
			connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
			connection.readToEnd(bytes);
			received.add(bytes.toString(StandardCharsets.ISO_8859_1));
		}, "https");
		assertNotSent(call);
		for (int i = 0; i < 3; i++) {
			// A TLS handshake, and nothing of a request
			assertThat(received.poll(20, TimeUnit.SECONDS)).startsWith("\u0016\u0003")
				.doesNotContain("HTTP/1.1", "/api", Clients.TOKEN);
		}
		assertThat(this.server.connections()).isEqualTo(3);
	}

	@Test
	void tlsServerBehindPlainUrlIsTransportFailure() throws Exception {
		start(tlsServer("good"), "http");
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.create(CREATE))
			.satisfies((ex) -> assertThat(ex.getAttempts()).isOne());
		assertThat(this.server.requests()).isEmpty();
	}

	private void assertNotSent(Call call) {
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.isOutcomeUnknown()).as(ex.toString() + ex.getCause()).isFalse();
				assertThat(ex.getAttempts()).isEqualTo(3);
			});
	}

	private void startTls(String certificate) {
		start(tlsServer(certificate), "https");
	}

	private void start(SocketServer.Script script, String scheme) {
		start(SocketServer.start(script), scheme);
	}

	private void start(SocketServer server, String scheme) {
		start(server, scheme, (builder) -> builder.ssl(Tls.client(), null));
	}

	private static SocketServer tlsServer(String certificate) {
		return SocketServer.start(Tls.serverSocket(Tls.server(certificate)), AbstractSocketServerTests::keepResponding);
	}

}
