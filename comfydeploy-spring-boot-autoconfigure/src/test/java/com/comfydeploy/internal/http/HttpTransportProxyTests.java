package com.comfydeploy.internal.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.comfydeploy.client.SocketServer;
import com.comfydeploy.internal.http.TransportException.Reason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link HttpTransport} behind proxies.
 */
@Timeout(60)
class HttpTransportProxyTests {

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	/** Nobody can look it up: only the proxy connects to it. */
	private static final String HOST = "example.org";

	private final ProxySelector before = ProxySelector.getDefault();

	private final List<SocketAddress> unreachable = new CopyOnWriteArrayList<>();

	private HttpTransport transport = transport(Duration.ofSeconds(30));

	private SocketServer proxy;

	@AfterEach
	void close() throws Exception {
		ProxySelector.setDefault(this.before);
		this.transport.close();
		this.proxy.close();
	}

	@Test
	void tunnelIsReusedForReadsOnly() throws Exception {
		startTunnel();
		for (String method : List.of("GET", "GET", "POST", "GET")) {
			assertThat(send(request(method, "https").pooled(method.equals("GET")))).isEqualTo("ok");
		}
		assertThat(this.proxy.requests().stream().map((request) -> request.replaceFirst("(?s) HTTP.*", "")))
			.containsExactly("CONNECT example.org:443", "GET /x?y=z", "GET /x?y=z", "CONNECT example.org:443",
					"POST /x?y=z", "GET /x?y=z");
		assertThat(this.proxy.requests())
			.allSatisfy((request) -> assertThat(request.contains("secret")).isEqualTo(!request.startsWith("CONNECT")));
	}

	@Test
	void hostNameIsVerifiedThroughTunnel() {
		startTunnel();
		TransportException ex = failure(
				new TransportRequest("POST", URI.create("https://other.example.org")).header("X", "secret"));
		assertThat(ex.getReason()).isEqualTo(Reason.UNTRUSTED);
		assertThat(ex.isSent()).isFalse();
		assertThat(this.proxy.requests()).singleElement().asString().startsWith("CONNECT other.example.org:443 HTTP");
	}

	/**
	 * The certificate of the server behind the proxy is for {@link #HOST}.
	 */
	private void startTunnel() {
		this.proxy = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\n\r\n");
			connection.startTls(Tls.server("wrong-host"));
			while (true) {
				connection.readRequest();
				connection.write(OK);
			}
		});
		select(proxy(this.proxy.port()));
	}

	@ParameterizedTest
	@CsvSource({ "true, 1", "false, 1", "true, 2", "false, 2" })
	void interruptAndCloseEndWaitForTunnel(boolean interrupt, int proxies) throws Exception {
		// With several proxies, the wait for each of them is limited too
		this.transport = transport(Duration.ofMinutes(5));
		CountDownLatch connecting = new CountDownLatch(1);
		this.proxy = SocketServer.start((connection) -> {
			connection.readRequest();
			connecting.countDown();
			connection.hang();
		});
		select(Collections.nCopies(proxies, proxy(this.proxy.port())).toArray(Proxy[]::new));
		CompletableFuture<TransportException> failure = new CompletableFuture<>();
		Thread thread = Threads.start(false, () -> failure.complete(failure(request("POST", "https"))));
		connecting.await();
		if (interrupt) {
			thread.interrupt();
		}
		else {
			this.transport.close();
		}
		assertThat(failure.get(50, TimeUnit.SECONDS).getReason())
			.isEqualTo(interrupt ? Reason.INTERRUPTED : Reason.CLOSED);
		assertThat(failure.get().isSent()).isFalse();
		assertThat(this.unreachable).isEmpty();
	}

	@Test
	void whenProxyRefusesConnectionsTheNextIsUsed() throws Exception {
		startPlain();
		Proxy refusing = proxy(SocketServer.unusedPort());
		select(refusing, proxy(this.proxy.port()));
		assertThat(send(request("GET", "http"))).isEqualTo("ok");
		assertThat(this.unreachable).containsExactly(refusing.address());
	}

	@Test
	void hangingProxyLeavesTimeForTheNext() throws Exception {
		startPlain();
		this.transport = transport(Duration.ofSeconds(10));
		try (SocketServer full = SocketServer.full()) {
			Proxy working = proxy(this.proxy.port());
			Proxy hanging = proxy(full.port());
			select(hanging, working, working, working, working);
			assertThat(send(request("GET", "http"))).isEqualTo("ok");
			assertThat(this.unreachable).containsExactly(hanging.address());
		}
	}

	@Test
	void silentProxyLeavesTimeForTheNext() throws Exception {
		startTunnel();
		this.transport = transport(Duration.ofSeconds(10));
		try (SocketServer silent = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.hang();
		})) {
			Proxy working = proxy(this.proxy.port());
			Proxy hanging = proxy(silent.port());
			select(hanging, working, working, working, working);
			assertThat(send(request("GET", "https"))).isEqualTo("ok");
			assertThat(this.unreachable).startsWith(hanging.address());
			assertThat(silent.requests()).singleElement().asString().startsWith("CONNECT example.org:443 HTTP");
		}
	}

	@Test
	void whenNoProxyIsReachableConnectTimeoutLimitsAll() throws Exception {
		this.proxy = SocketServer.full();
		this.transport = transport(Duration.ofMillis(700));
		select(proxy(this.proxy.port()), proxy(this.proxy.port()));
		TransportException ex = failure(request("GET", "http"));
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(ex).hasMessageContaining("not connected within 700 ms");
		assertThat(ex.isSent()).isFalse();
	}

	private void startPlain() {
		this.proxy = SocketServer.start((connection) -> {
			connection.readRequest();
			connection.write(OK);
		});
	}

	private static HttpTransport transport(Duration connectTimeout) {
		return new HttpTransport(new TransportSettings("test-transport", connectTimeout, Tls.client(), null));
	}

	private static Proxy proxy(int port) {
		return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("localhost", port));
	}

	private void select(Proxy... proxies) {
		ProxySelector.setDefault(new ProxySelector() {

			@Override
			public List<Proxy> select(URI uri) {
				return Stream.of(proxies).toList();
			}

			@Override
			public void connectFailed(URI uri, SocketAddress address, IOException ex) {
				HttpTransportProxyTests.this.unreachable.add(address);
			}

		});
	}

	private static TransportRequest request(String method, String scheme) {
		return new TransportRequest(method, URI.create(scheme + "://" + HOST + "/x?y=z")).header("X", "secret");
	}

	private String send(TransportRequest request) throws IOException {
		return new String(this.transport.send(request).body(), StandardCharsets.UTF_8);
	}

	private TransportException failure(TransportRequest request) {
		return catchThrowableOfType(TransportException.class, () -> this.transport.send(request));
	}

}
