package com.comfydeploy.client;

import java.io.IOException;
import java.net.Authenticator;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.SessionFixtures;
import com.comfydeploy.client.SessionRetryTests.Call;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls through a proxy of the JVM.
 */
@Isolated
@Timeout(60)
class SessionProxyTests {

	/** Connect timeout of tests in which it elapses. */
	private static final Duration SHORT = Duration.ofSeconds(1);

	private final ProxySelector before = ProxySelector.getDefault();

	private SocketServer proxy;

	private SessionOperations sessions;

	@AfterEach
	void close() throws Exception {
		ProxySelector.setDefault(this.before);
		Authenticator.setDefault(null);
		if (this.sessions != null) {
			Clients.close(this.sessions);
		}
		this.proxy.close();
	}

	@ParameterizedTest
	@ValueSource(ints = { 400, 403, 404, 407, 429 })
	void refusalOfProxyIsNotRetried(int status) {
		start("https", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 " + status + " No\r\nContent-Length: 5\r\n\r\nsorry");
		});
		for (Call call : Call.values()) {
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
				.withMessageContaining("localhost:" + this.proxy.port())
				.withMessageContaining(String.valueOf(status))
				.satisfies((ex) -> {
					assertThat(ex.getAttempts()).isOne();
					assertThat(ex.isOutcomeUnknown()).isFalse();
				});
		}
		assertOnlyConnectsWithoutAToken(Call.values().length);
	}

	@ParameterizedTest
	@ValueSource(ints = { 302, 500, 502, 503, 504 })
	void failureIsRetriedForPaidCallsToo(int status) {
		start("https", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 " + status + " No\r\nContent-Length: 0\r\n\r\n");
		});
		for (Call call : Call.values()) {
			assertRetried(call);
		}
		assertOnlyConnectsWithoutAToken(Call.values().length * 3);
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void proxyThatClosesIsRetried(Call call) {
		start("https", SocketServer.Connection::readRequest);
		assertRetried(call);
	}

	@ParameterizedTest
	@EnumSource(Call.class)
	void unreachableProxyIsRetried(Call call) throws IOException {
		start("https", SocketServer.Connection::readRequest);
		this.proxy.close();
		assertRetried(call);
	}

	@Test
	void hangingProxyIsBoundedByConnectTimeoutAndRetried() throws Exception {
		assertRetriedWithHangingProxy(SHORT);
		if (this.proxy.requests().size() < 3) {
			// This machine is too slow to send each CONNECT in time
			close();
			assertRetriedWithHangingProxy(SHORT.multipliedBy(10));
		}
		assertOnlyConnectsWithoutAToken(3);
	}

	private void assertRetriedWithHangingProxy(Duration connectTimeout) {
		start("https", connectTimeout, (connection) -> {
			connection.readRequest();
			connection.hang();
		});
		assertRetried(Call.CREATE);
	}

	@Test
	void incompleteHandshakeBehindProxyIsRetried() {
		start("https", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 Connection established\r\n\r\n");
			connection.read(5);
		});
		assertRetried(Call.CREATE);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void passwordOfTheAuthenticatorIsSentToTheProxyOnly(String scheme) {
		AtomicInteger asked = authenticate();
		start(scheme, (connection) -> {
			while (true) {
				if (!connection.readRequest().contains("\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n")) {
					connection.write("HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest x\r\n"
							+ "Proxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\n\r\n");
					return;
				}
				if (scheme.equals("https")) {
					connection.write("HTTP/1.1 200 OK\r\n\r\n");
					connection.read(5);
					return;
				}
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		});
		if (scheme.equals("https")) {
			assertRetried(Call.CREATE);
			assertOnlyConnectsWithoutAToken(4);
		}
		else {
			assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
			Call.CREATE.on(this.sessions);
			assertThat(this.proxy.requests()).hasSize(3);
		}
		assertThat(asked).hasValue(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void wrongPasswordIsFinal(String scheme) {
		authenticate();
		start(scheme, (connection) -> {
			connection.readRequest();
			connection
				.write("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\n\r\n");
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> Call.CREATE.on(this.sessions))
			.withMessageContaining("407")
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
		assertThat(this.proxy.requests()).hasSize(2);
	}

	@Test
	void plainRequestIsSentToProxyWithAbsoluteUrl() {
		start("http", (connection) -> {
			while (true) {
				connection.readRequest();
				connection.respond(200, SessionFixtures.SESSION_JSON);
			}
		});
		assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
		assertThat(this.proxy.requests()).singleElement()
			.asString()
			.startsWith("GET http://comfy.test:8080/api/session/s1 HTTP/1.1\r\n")
			.contains("\r\nHost: comfy.test:8080\r\n");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void hostsWithoutProxyAreCalledDirectly(boolean direct) throws Exception {
		Script script = (connection) -> {
			connection.readRequest();
			connection.respond(200, SessionFixtures.SESSION_JSON);
		};
		start("http", script);
		ProxySelector.setDefault(this.before);
		// Any value except an empty one excludes localhost as well
		Properties before = System.getProperties();
		Properties properties = new Properties();
		properties.putAll(before);
		properties.put("http.proxyHost", "localhost");
		properties.put("http.proxyPort", String.valueOf(this.proxy.port()));
		properties.put("http.nonProxyHosts", direct ? "local*" : "");
		try (SocketServer server = SocketServer.start(script)) {
			System.setProperties(properties);
			Clients.close(this.sessions);
			this.sessions = Clients.build(Clients.builder(server.baseUrl()), new TestTime());
			assertThat(this.sessions.get("s1").id()).isEqualTo("s1");
			assertThat(server.requests()).hasSize(direct ? 1 : 0);
			assertThat(this.proxy.requests()).hasSize(direct ? 0 : 1);
		}
		finally {
			System.setProperties(before);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void failingAuthenticatorIsNotRetried(String scheme) {
		start(scheme, (connection) -> {
			connection.readRequest();
			connection
				.write("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\n\r\n");
		});
		Authenticator.setDefault(new Authenticator() {

			@Override
			protected PasswordAuthentication getPasswordAuthentication() {
				throw new IllegalStateException("no password");
			}

		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> Call.CREATE.on(this.sessions))
			.withMessageContaining("no password")
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
		assertThat(this.proxy.requests()).hasSize(1);
	}

	@Test
	void connectTimeoutLimitsConnectAfterAuthentication() throws Exception {
		authenticate();
		start("http", (connection) -> {
			connection.readRequest();
			connection
				.write("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"here\"\r\nContent-Length: 0\r\n\r\n");
		});
		try (SocketServer full = SocketServer.full()) {
			AtomicInteger selections = new AtomicInteger();
			ProxySelector.setDefault(new ProxySelector() {

				@Override
				public List<Proxy> select(URI uri) {
					SocketServer server = (selections.incrementAndGet() == 1) ? SessionProxyTests.this.proxy : full;
					return List
						.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("localhost", server.port())));
				}

				@Override
				public void connectFailed(URI uri, SocketAddress address, IOException ex) {
				}

			});
			this.sessions = Clients.build(Clients.builder("http://comfy.test:8080/api")
				.connectTimeout(SHORT)
				.readTimeout(Duration.ofSeconds(20))
				.retry(RetrySettings.none()), new TestTime());
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.sessions.get("s1"))
				.withMessageContaining("not connected within 1000 ms");
			assertThat(selections).hasValue(2);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void whenProxySelectorFailsNothingIsSent(String scheme) {
		start(scheme, (connection) -> connection.readRequest());
		IllegalStateException failure = new IllegalStateException("no such profile");
		ProxySelector.setDefault(new FailingSelector(failure));
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> this.sessions.create(CreateSessionRequest.forMachine("m1").build()))
			.withMessageContaining("the ProxySelector " + FailingSelector.class.getName() + " failed: no such profile")
			.withRootCauseInstanceOf(IllegalStateException.class)
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isOne();
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
		assertThat(this.proxy.connections()).isZero();
	}

	private void assertRetried(Call call) {
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> call.on(this.sessions))
			.satisfies((ex) -> {
				assertThat(ex.getAttempts()).isEqualTo(3);
				assertThat(ex.isOutcomeUnknown()).isFalse();
			});
	}

	private void assertOnlyConnectsWithoutAToken(int count) {
		assertThat(this.proxy.requests()).hasSize(count)
			.allSatisfy((request) -> assertThat(request).startsWith("CONNECT comfy.test:8080 HTTP/1.1\r\n")
				.doesNotContain(Clients.TOKEN));
	}

	private static AtomicInteger authenticate() {
		AtomicInteger asked = new AtomicInteger();
		Authenticator.setDefault(new Authenticator() {

			@Override
			protected PasswordAuthentication getPasswordAuthentication() {
				asked.incrementAndGet();
				assertThat(getRequestorType()).isEqualTo(RequestorType.PROXY);
				assertThat(getRequestingPrompt()).isEqualTo("here");
				return new PasswordAuthentication("user", "pass".toCharArray());
			}

		});
		return asked;
	}

	private void start(String scheme, Script script) {
		start(scheme, Duration.ofSeconds(30), script);
	}

	private void start(String scheme, Duration connectTimeout, Script script) {
		this.proxy = SocketServer.start(script);
		Proxy proxy = new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("localhost", this.proxy.port()));
		ProxySelector.setDefault(new ProxySelector() {

			@Override
			public List<Proxy> select(URI uri) {
				return List.of(uri.getHost().equals("comfy.test") ? proxy : Proxy.NO_PROXY);
			}

			@Override
			public void connectFailed(URI uri, SocketAddress address, IOException ex) {
			}

		});
		this.sessions = Clients.build(Clients.builder(scheme + "://comfy.test:8080/api")
			.connectTimeout(connectTimeout)
			.retry(RetrySettings.builder().maxAttempts(3).build()), new TestTime());
	}

	/**
	 * A selector that cannot select.
	 */
	private static final class FailingSelector extends ProxySelector {

		private final RuntimeException failure;

		FailingSelector(RuntimeException failure) {
			this.failure = failure;
		}

		@Override
		public List<Proxy> select(URI uri) {
			throw this.failure;
		}

		@Override
		public void connectFailed(URI uri, SocketAddress address, IOException ex) {
		}

	}

}
