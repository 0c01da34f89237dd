package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls over TLS.
 */
@Timeout(60)
class SessionTlsTests {

	private static final char[] PASSWORD = "changeit".toCharArray();

	private static final CreateSessionRequest CREATE = CreateSessionRequest.forMachine("m1").build();

	private SocketServer server;

	private SessionOperations sessions;

	@AfterEach
	void close() throws Exception {
		Clients.close(this.sessions);
		this.server.close();
	}

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
		this.server = SocketServer.start(tlsSocket("good"), SessionTlsTests::keepResponding);
		this.sessions = client("http");
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

	private void startTls(String certificate) throws Exception {
		this.server = SocketServer.start(tlsSocket(certificate), SessionTlsTests::keepResponding);
		this.sessions = client("https");
	}

	private void start(SocketServer.Script script, String scheme) throws Exception {
		this.server = SocketServer.start(script);
		this.sessions = client(scheme);
	}

	private SessionOperations client(String scheme) {
		try {
			TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
			trust.init(keyStore("trust"));
			SSLContext context = SSLContext.getInstance("TLS");
			context.init(null, trust.getTrustManagers(), null);
			return Clients.build(Clients.builder(scheme + "://localhost:" + this.server.port() + "/api")
				.retry(RetrySettings.builder().maxAttempts(3).build())
				.ssl(context, null), new TestTime());
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static ServerSocket tlsSocket(String certificate) throws Exception {
		KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(keyStore(certificate), PASSWORD);
		SSLContext context = SSLContext.getInstance("TLS");
		context.init(keys.getKeyManagers(), null, null);
		return context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
	}

	private static KeyStore keyStore(String name) throws Exception {
		KeyStore keyStore = KeyStore.getInstance("PKCS12");
		try (InputStream resource = SessionTlsTests.class.getResourceAsStream("/tls/" + name + ".p12")) {
			keyStore.load(resource, PASSWORD);
		}
		return keyStore;
	}

	private static void keepResponding(SocketServer.Connection connection) throws Exception {
		while (true) {
			connection.readRequest();
			connection.respond(200, SessionFixtures.SESSION_JSON);
		}
	}

}
