package com.comfydeploy.internal.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLParameters;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.client.SocketServer;
import com.comfydeploy.client.SocketServer.Script;
import com.comfydeploy.internal.DaemonThreads;
import com.comfydeploy.internal.http.TransportException.Reason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests for {@link HttpTransport} with servers that are hostile in each phase, with and
 * without TLS.
 */
@Timeout(60)
class HttpTransportTests {

	private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

	/**
	 * Enough for a slow machine to send a request and receive the head of its response.
	 */
	private static final Duration TIMEOUT = Duration.ofSeconds(3);

	/** More than the buffers of both sockets can hold. */
	private static final byte[] UPLOAD = "z".repeat(20_000_000).getBytes(StandardCharsets.US_ASCII);

	private final AtomicLong nanoTime = new AtomicLong(System.nanoTime());

	private SocketServer server;

	private HttpTransport transport;

	@AfterEach
	void close() throws Exception {
		Thread.interrupted();
		if (this.transport != null) {
			this.transport.close();
		}
		if (this.server != null) {
			this.server.close();
		}
	}

	static Stream<Arguments> malformedResponses() {
		return Stream.of("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
				"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: -0\r\n\r\n",
				"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
				"HTTP/1.1 200 OK\r\nX\tY: z\r\nContent-Length: 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nX Y: z\r\nContent-Length: 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
				"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\n\r\nok",
				"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\nok", "HTTP/1.1 200 OK\r\nX: a\rb\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\n X: a\r\nContent-Length: 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\n\tContent-Length: 2\r\n\r\nok", " HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\nok\r\n0\r\n\r\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n-0\r\n\r\n",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nok",
				"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok!!0\r\n\r\n",
				"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n".repeat(11),
				"HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 1000 X\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 abc X\r\n\r\n",
				"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "SSH-2.0-OpenSSH_9.2\r\n")
			.flatMap((response) -> Stream.of(arguments("http", response), arguments("https", response)));
	}

	@ParameterizedTest
	@MethodSource("malformedResponses")
	void malformedResponseIsProtocolError(String scheme, String response) {
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.write(response);
			connection.hang();
		});
		TransportException ex = failure(get());
		assertThat(ex.getReason()).isEqualTo(Reason.PROTOCOL_ERROR);
		assertThat(ex.isSent()).isTrue();
		assertThat(this.server.requests()).hasSize(1);
	}

	/**
	 * A line that begins with white space continues the header before it.
	 */
	@Test
	void foldedHeaderIsOneHeader() throws Exception {
		start("http", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\nContent-Length: 2\r\n\r\nok");
		});
		TransportResponse response = this.transport.send(get());
		assertThat(response.headers().get("X")).containsExactly("a b");
		assertThat(text(response)).isEqualTo("ok");
	}

	static Stream<Arguments> incompleteResponses() {
		return Stream
			.of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n",
					"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7000000000000000\r\nok",
					"HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
					"\u0015\u0003\u0001", "")
			.flatMap((response) -> Stream.of(arguments("http", response), arguments("https", response)));
	}

	@ParameterizedTest
	@MethodSource("incompleteResponses")
	void incompleteResponseIsFailure(String scheme, String response) {
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.write(response);
		});
		TransportException ex = failure(get());
		assertThat(ex.getReason()).isIn(Reason.PROTOCOL_ERROR, Reason.IO_ERROR);
		assertThat(ex.isSent()).isTrue();
		assertThat(this.server.requests()).hasSize(1);
	}

	static Stream<Arguments> endlessResponses() {
		return Stream.of(arguments("header", "HTTP/1.1 200 OK\r\nX: ", "x".repeat(1000)),
				arguments("headers", "HTTP/1.1 200 OK\r\n", "X: x\r\n".repeat(100)),
				arguments("status line", "HTTP/1.1 200 ", "x".repeat(1000)),
				arguments("interim responses", "", "HTTP/1.1 103 X\r\n\r\n".repeat(100)),
				arguments("chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;",
						"x".repeat(1000)),
				arguments("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
						"X: x\r\n".repeat(100)),
				arguments("empty lines", "", "\r\n".repeat(500)));
	}

	/**
	 * More than the buffers of both sockets can hold, and less than a client without
	 * limits would read.
	 */
	private static final long FAR_BEYOND_LIMITS = 30_000_000;

	@ParameterizedTest(name = "{0}")
	@MethodSource("endlessResponses")
	void endlessResponseIsBounded(String name, String start, String more) throws Exception {
		CompletableFuture<Long> written = new CompletableFuture<>();
		start("http", (connection) -> {
			connection.readRequest();
			written.complete(writeUntilClosed(connection, start, more.getBytes(StandardCharsets.US_ASCII)));
		});
		assertThat(failure(get()).isSent()).isTrue();
		assertThat(written.get(50, TimeUnit.SECONDS)).isLessThan(FAR_BEYOND_LIMITS);
	}

	private static long writeUntilClosed(SocketServer.Connection connection, String start, byte[] more)
			throws IOException {
		long written = 0;
		connection.write(start);
		try {
			for (; written < FAR_BEYOND_LIMITS; written += more.length) {
				connection.write(more);
			}
		}
		catch (SocketException ex) {
			// The client has closed the connection
		}
		return written;
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void responseIsNeverPartOfAnother(String scheme) throws Exception {
		start(scheme, (connection) -> {
			while (true) {
				connection.readRequest();
				// Two responses to one request
				connection.write(OK + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
			}
		});
		for (int i = 0; i < 5; i++) {
			assertThat(text(this.transport.send(get()))).isEqualTo("ok");
		}
		assertThat(this.server.connections()).isEqualTo(5);
	}

	/**
	 * The first response fills the buffer of the connection exactly, so that the second
	 * one stays in the TLS layer.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void secondResponseInSameTlsRecordIsNoResponse(String scheme) throws Exception {
		String head = "HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nX: \r\n\r\n";
		String first = head.replace("X: ", "X: " + "x".repeat(96 - head.length())) + "o".repeat(4000);
		start(scheme, (connection) -> {
			while (true) {
				connection.readRequest();
				connection.write(first + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
			}
		});
		for (int i = 0; i < 3; i++) {
			assertThat(text(this.transport.send(get()))).hasSize(4000);
		}
		assertThat(this.server.connections()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void lateBytesOnIdleConnectionAreNoResponse(String scheme) throws Exception {
		CountDownLatch late = new CountDownLatch(1);
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.write(OK);
			if (connection.number() == 1) {
				connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
				late.countDown();
			}
			connection.hang();
		});
		assertThat(text(this.transport.send(get()))).isEqualTo("ok");
		late.await();
		assertThat(text(this.transport.send(get()))).isEqualTo("ok");
		assertThat(this.server.connections()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void responseOfSingleBytesIsRead(String scheme) throws Exception {
		start(scheme, (connection) -> {
			while (true) {
				connection.readRequest();
				for (char c : "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n"
					.toCharArray()) {
					connection.write(String.valueOf(c));
				}
			}
		});
		for (int i = 0; i < 3; i++) {
			assertThat(text(this.transport.send(get()))).isEqualTo("ok");
		}
		assertThat(this.server.connections()).isOne();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void whenResetAfterRequestFailureIsSent(String scheme) {
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.reset();
		});
		TransportException ex = failure(get());
		assertThat(ex.isSent()).isTrue();
		assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
	}

	@Test
	void whenConnectionClosesAfterBodyItIsComplete() throws Exception {
		start("http", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\n\r\nok");
		});
		assertThat(text(this.transport.send(get()))).isEqualTo("ok");
	}

	/**
	 * Phases in which a thread waits, before or after something is sent.
	 */
	static Stream<Arguments> phases() {
		return Stream.of(arguments("handshake begins", "https", false, plain((connection) -> connection.hang())),
				arguments("handshake under way", "https", false, plain((connection) -> {
					connection.read(5);
					connection.write(new byte[] { 22, 3, 3, 0, 100, 2 });
					connection.hang();
				})), arguments("handshake done", "https", true, tls((connection) -> {
					connection.readRequest();
					connection.hang();
				})), arguments("request sent", "http", true, plain((connection) -> {
					connection.readRequest();
					connection.hang();
				})), arguments("head", "http", true, plain((connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nCon");
					connection.hang();
				})), arguments("body", "http", true, plain((connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok");
					connection.hang();
				})), arguments("body by TLS", "https", true, tls((connection) -> {
					connection.readRequest();
					connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok");
					connection.hang();
				})));
	}

	private static Server plain(Script script) {
		return () -> SocketServer.start(script);
	}

	private static Server tls(Script script) {
		return () -> SocketServer.start(Tls.serverSocket(Tls.server("good")), script);
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("phases")
	void timeoutEndsEachPhase(String name, String scheme, boolean sent, Server server) throws Exception {
		Duration timeout = Duration.ofMillis(700);
		start(scheme, server.start(), timeout);
		TransportException ex = failure(get().timeout(timeout));
		if (sent && this.server.requests().isEmpty()) {
			// This machine is too slow to send the request in time
			close();
			timeout = Duration.ofSeconds(20);
			start(scheme, server.start(), timeout);
			ex = failure(get().timeout(timeout));
		}
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(ex.isSent()).isEqualTo(sent);
		assertThat(ex).hasMessageContaining(timeout.toMillis() + " ms");
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("phases")
	void interruptEndsEachPhaseImmediately(String name, String scheme, boolean sent, Server server) throws Exception {
		start(scheme, server.start(), Duration.ofMinutes(1));
		int before = 0;
		for (boolean virtual : canBeVirtual()) {
			AtomicReference<TransportException> failure = new AtomicReference<>();
			CompletableFuture<Boolean> flag = new CompletableFuture<>();
			Thread thread = Threads.start(virtual, () -> {
				failure.set(failure(get().timeout(Duration.ofMinutes(1))));
				flag.complete(Thread.currentThread().isInterrupted());
			});
			awaitBlocked(sent, before++);
			thread.interrupt();
			assertThat(flag.get(50, TimeUnit.SECONDS)).isTrue();
			assertThat(failure.get().getReason()).isEqualTo(Reason.INTERRUPTED);
			assertThat(failure.get().isSent()).isEqualTo(sent);
			assertThat(failure.get().getReason().isTransient()).isFalse();
		}
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("phases")
	void closingEndsEachPhase(String name, String scheme, boolean sent, Server server) throws Exception {
		start(scheme, server.start(), Duration.ofMinutes(1));
		CompletableFuture<TransportException> failure = CompletableFuture
			.supplyAsync(() -> failure(get().timeout(Duration.ofMinutes(1))));
		awaitBlocked(sent, 0);
		this.transport.close();
		assertThat(failure.get(50, TimeUnit.SECONDS).getReason()).isEqualTo(Reason.CLOSED);
		assertThat(failure.get().isSent()).isEqualTo(sent);
	}

	private void awaitBlocked(boolean sent, int before) {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
		while (System.nanoTime() < end
				&& ((sent ? this.server.requests().size() : this.server.connections()) <= before)) {
			Thread.onSpinWait();
		}
	}

	@Test
	void timeoutEndsConnecting() {
		start("http", SocketServer.full(), Duration.ofMillis(700));
		TransportException ex = failure(get());
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(ex.isSent()).isFalse();
		assertThat(ex).hasMessageContaining("not connected within 700 ms");
	}

	@Test
	void interruptEndsConnectingImmediately() throws Exception {
		start("http", SocketServer.full(), Duration.ofMinutes(1));
		for (boolean virtual : canBeVirtual()) {
			CompletableFuture<TransportException> failure = new CompletableFuture<>();
			CompletableFuture<Boolean> flag = new CompletableFuture<>();
			Thread thread = Threads.start(virtual, () -> {
				failure.complete(failure(get()));
				flag.complete(Thread.currentThread().isInterrupted());
			});
			awaitConnecting(thread);
			thread.interrupt();
			TransportException ex = failure.get(50, TimeUnit.SECONDS);
			assertThat(flag.get(50, TimeUnit.SECONDS)).isTrue();
			assertThat(ex.getReason()).isEqualTo(Reason.INTERRUPTED);
			assertThat(ex.isSent()).isFalse();
		}
	}

	@Test
	void closingEndsConnecting() throws Exception {
		start("http", SocketServer.full(), Duration.ofMinutes(1));
		for (boolean virtual : canBeVirtual()) {
			this.transport = transport(Duration.ofMinutes(1), InetAddress::getAllByName);
			CompletableFuture<TransportException> failure = new CompletableFuture<>();
			Thread thread = Threads.start(virtual, () -> failure.complete(failure(get())));
			awaitConnecting(thread);
			this.transport.close();
			TransportException ex = failure.get(50, TimeUnit.SECONDS);
			assertThat(ex.getReason()).isEqualTo(Reason.CLOSED);
			assertThat(ex.isSent()).isFalse();
		}
	}

	private static void awaitConnecting(Thread thread) {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
		boolean connecting = false;
		while (!connecting && System.nanoTime() < end) {
			connecting = Stream.of(thread.getStackTrace())
				.anyMatch((frame) -> frame.getClassName().startsWith("sun.nio.ch.")
						&& frame.getMethodName().toLowerCase(Locale.ROOT).contains("connect"));
			Thread.onSpinWait();
		}
		assertThat(connecting).isTrue();
	}

	@Test
	void hangingAddressLeavesTimeForTheNext() throws Exception {
		InetAddress second = InetAddress.getByName("127.0.0.2");
		try (SocketServer full = SocketServer.full()) {
			this.server = SocketServer.start(bind(second, full.port()), HttpTransportTests::keepResponding);
			this.transport = transport(Duration.ofSeconds(10),
					(host) -> new InetAddress[] { InetAddress.getLoopbackAddress(), second, second, second, second });
			TransportRequest request = new TransportRequest("GET", URI.create("http://several.test:" + full.port()));
			assertThat(text(this.transport.send(request))).isEqualTo("ok");
			assertThat(full.connections()).isZero();
		}
	}

	private static ServerSocket bind(InetAddress address, int port) throws IOException {
		try {
			return new ServerSocket(port, 50, address);
		}
		catch (SocketException ex) {
			return Assumptions.abort("This system does not have the address " + address + ": " + ex.getMessage());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void halfClosedConnectionIsNotReused(String scheme) throws Exception {
		BlockingQueue<Integer> ended = new LinkedBlockingQueue<>();
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.write(OK);
			connection.endOutput();
			ended.add(connection.number());
			connection.hang();
		});
		for (int i = 1; i <= 3; i++) {
			assertThat(text(this.transport.send(get()))).isEqualTo("ok");
			assertThat(ended.poll(50, TimeUnit.SECONDS)).isEqualTo(i);
		}
		assertThat(this.server.connections()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void whenOutputEndsBeforeResponseFailureIsSent(String scheme) {
		start(scheme, (connection) -> {
			connection.readRequest();
			connection.endOutput();
			connection.hang();
		});
		TransportException ex = failure(get().timeout(Duration.ofSeconds(50)));
		assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
		assertThat(ex.isSent()).isTrue();
		assertThat(this.server.requests()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenHandshakeFailsNothingIsSent(boolean reset) {
		this.server = SocketServer.start((connection) -> {
			connection.read(5);
			if (reset) {
				connection.reset();
			}
		});
		this.transport = transport(Duration.ofSeconds(30), InetAddress::getAllByName);
		TransportException ex = failure(new TransportRequest("POST", uri("https")).body(body("paid")));
		assertThat(ex.isSent()).isFalse();
		assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
	}

	@Test
	void plainServerBehindHttpsUrlReceivesNoRequest() throws Exception {
		BlockingQueue<String> received = new LinkedBlockingQueue<>();
		this.server = SocketServer.start((connection) -> {
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			bytes.write(connection.read(5));
			connection.write("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
			connection.readToEnd(bytes);
			received.add(bytes.toString(StandardCharsets.ISO_8859_1));
		});
		this.transport = transport(Duration.ofSeconds(30), InetAddress::getAllByName);
		for (int i = 0; i < 20; i++) {
			TransportException ex = failure(new TransportRequest("POST", uri("https")).body(body("paid")));
			assertThat(ex.isSent()).isFalse();
			assertThat(ex.getReason().isTransient()).isTrue();
			assertThat(received.poll(50, TimeUnit.SECONDS)).startsWith("\u0016\u0003").doesNotContain("POST", "paid");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "expired", "wrong-host", "self-signed" })
	void untrustedCertificateIsNotTransient(String certificate) {
		start("https",
				SocketServer.start(Tls.serverSocket(Tls.server(certificate)), HttpTransportTests::keepResponding),
				Duration.ofSeconds(30));
		TransportException ex = failure(get());
		assertThat(ex.getReason()).isEqualTo(Reason.UNTRUSTED);
		assertThat(ex.isSent()).isFalse();
		assertThat(this.server.requests()).isEmpty();
	}

	/**
	 * The alerts are bad_certificate, unknown_ca and certificate_required, and
	 * handshake_failure, which does not concern a certificate.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 42, 48, 116, 40 })
	void rejectedClientCertificateIsNotTransient(int alert) {
		this.server = SocketServer.start((connection) -> {
			connection.read(5);
			connection.write(new byte[] { 21, 3, 3, 0, 2, 2, (byte) alert });
			connection.hang();
		});
		this.transport = transport(Duration.ofSeconds(30), InetAddress::getAllByName);
		TransportException ex = failure(new TransportRequest("POST", uri("https")).body(body("paid")));
		assertThat(ex.getReason()).isEqualTo((alert == 40) ? Reason.IO_ERROR : Reason.UNTRUSTED);
		assertThat(ex.isSent()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void addressCanBeTheHost(String scheme) throws Exception {
		start(scheme, HttpTransportTests::keepResponding);
		URI uri = URI.create(scheme + "://127.0.0.1:" + this.server.port());
		assertThat(text(this.transport.send(new TransportRequest("GET", uri)))).isEqualTo("ok");
		assertThat(this.server.requests().get(0)).contains("\r\nHost: 127.0.0.1:" + this.server.port() + "\r\n");
	}

	@Test
	void addressOfVersion6CanBeTheHost() throws Exception {
		this.server = SocketServer.start(bind(InetAddress.getByName("::1"), 0), HttpTransportTests::keepResponding);
		this.transport = transport(Duration.ofSeconds(30), InetAddress::getAllByName);
		URI uri = URI.create("http://[::1]:" + this.server.port());
		assertThat(text(this.transport.send(new TransportRequest("GET", uri)))).isEqualTo("ok");
		assertThat(this.server.requests().get(0)).contains("\r\nHost: [::1]:" + this.server.port() + "\r\n");
	}

	@ParameterizedTest
	@ValueSource(strings = { "TLSv1.2", "TLSv1.3" })
	void tlsSessionsAreResumed(String protocol) throws Exception {
		AtomicInteger fullHandshakes = new AtomicInteger();
		List<String> protocols = new CopyOnWriteArrayList<>();
		start("https", SocketServer.start(Tls.serverSocket(Tls.server("good")), (connection) -> {
			connection.readRequest();
			protocols.add(connection.tlsSession().getProtocol());
			connection.write(OK);
			connection.hang();
		}), Duration.ofSeconds(30));
		SSLParameters parameters = new SSLParameters();
		parameters.setProtocols(new String[] { protocol });
		this.transport = new HttpTransport(new TransportSettings("test-transport", Duration.ofSeconds(30),
				Tls.client(fullHandshakes), parameters));
		for (int i = 0; i < 5; i++) {
			this.transport.send(get().pooled(false));
		}
		assertThat(protocols).hasSize(5).containsOnly(protocol);
		assertThat(fullHandshakes).hasValue(1);
	}

	@Test
	void serverReceivesNameOfHostInTlsHandshake() throws Exception {
		List<SNIServerName> names = new CopyOnWriteArrayList<>();
		// Its certificate is for example.org
		this.server = SocketServer.start(Tls.serverSocket(Tls.server("wrong-host")), (connection) -> {
			connection.readRequest();
			names.addAll(((ExtendedSSLSession) connection.tlsSession()).getRequestedServerNames());
			connection.write(OK);
			connection.hang();
		});
		this.transport = transport(Duration.ofSeconds(30),
				(host) -> new InetAddress[] { InetAddress.getLoopbackAddress() });
		TransportRequest request = new TransportRequest("GET", URI.create("https://example.org:" + this.server.port()));
		assertThat(text(this.transport.send(request))).isEqualTo("ok");
		assertThat(names).containsExactly(new SNIHostName("example.org"));
	}

	/**
	 * None of them is the one that the JDK prefers.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "TLS_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" })
	void cipherSuiteOfTheParametersIsUsed(String cipherSuite) throws Exception {
		List<String> cipherSuites = new CopyOnWriteArrayList<>();
		start("https", (connection) -> {
			connection.readRequest();
			cipherSuites.add(connection.tlsSession().getCipherSuite());
			connection.write(OK);
			connection.hang();
		});
		SSLParameters parameters = new SSLParameters(new String[] { cipherSuite });
		this.transport = new HttpTransport(
				new TransportSettings("test-transport", Duration.ofSeconds(30), Tls.client(), parameters));
		assertThat(text(this.transport.send(get()))).isEqualTo("ok");
		assertThat(cipherSuites).containsExactly(cipherSuite);
	}

	@Test
	void unsupportedTlsProtocolIsNotTransient() {
		start("https", HttpTransportTests::keepResponding);
		SSLParameters parameters = new SSLParameters();
		parameters.setProtocols(new String[] { "TLSv9" });
		this.transport = new HttpTransport(
				new TransportSettings("test-transport", Duration.ofSeconds(30), Tls.client(), parameters));
		TransportException ex = failure(get());
		assertThat(ex.getReason()).isEqualTo(Reason.MISCONFIGURED);
		assertThat(ex.isSent()).isFalse();
		assertThat(ex).hasMessageContaining("TLSv9");
		assertThat(this.server.requests()).isEmpty();
	}

	@Test
	void addressesAreTriedInTurn() throws Exception {
		this.server = SocketServer.start(HttpTransportTests::keepResponding);
		// Nobody listens at the first two
		this.transport = transport(Duration.ofSeconds(30),
				(host) -> new InetAddress[] { InetAddress.getByName("127.0.0.2"), InetAddress.getByName("127.0.0.3"),
						InetAddress.getLoopbackAddress() });
		TransportRequest request = new TransportRequest("GET", URI.create("http://several.test:" + this.server.port()));
		assertThat(text(this.transport.send(request))).isEqualTo("ok");
		assertThat(this.server.requests().get(0)).contains("Host: several.test:");
	}

	@Test
	void hangingLookupIsBoundedAndInterruptible() throws Exception {
		CountDownLatch end = new CountDownLatch(1);
		this.transport = transport(Duration.ofMillis(300), (host) -> {
			try {
				end.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			throw new UnknownHostException(host);
		});
		TransportRequest request = new TransportRequest("GET", URI.create("http://slow.test"));
		TransportException ex = failure(request);
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(ex.isSent()).isFalse();
		Thread.currentThread().interrupt();
		assertThat(failure(request).getReason()).isEqualTo(Reason.INTERRUPTED);
		assertThat(Thread.interrupted()).isTrue();
		end.countDown();
	}

	@Test
	void whenLookupFailsWithErrorNextOneIsMade() throws Exception {
		this.server = SocketServer.start(HttpTransportTests::keepResponding);
		AtomicInteger lookups = new AtomicInteger();
		this.transport = transport(Duration.ofSeconds(30), (host) -> {
			if (lookups.incrementAndGet() == 1) {
				throw new OutOfMemoryError("test");
			}
			return new InetAddress[] { InetAddress.getLoopbackAddress() };
		});
		TransportRequest request = new TransportRequest("GET", URI.create("http://some.test:" + this.server.port()));
		assertThat(failure(request).getReason()).isEqualTo(Reason.IO_ERROR);
		assertThat(text(this.transport.send(request))).isEqualTo("ok");
	}

	@Test
	void whenWatchdogCannotStartNextCallStartsIt() throws Exception {
		start("http", (connection) -> {
			connection.readRequest();
			connection.hang();
		});
		AtomicInteger threads = new AtomicInteger();
		ThreadFactory factory = (task) -> DaemonThreads.create("test-transport-watchdog", null, task);
		this.transport = new HttpTransport(
				new TransportSettings("test-transport", Duration.ofSeconds(5), Tls.client(), null),
				InetAddress::getAllByName, this.nanoTime::get, (task) -> {
					if (threads.incrementAndGet() == 1) {
						throw new OutOfMemoryError("test");
					}
					return factory.newThread(task);
				});
		TransportRequest request = get().timeout(TIMEOUT);
		assertThatThrownBy(() -> this.transport.send(request)).isInstanceOf(OutOfMemoryError.class);
		assertThat(failure(request).getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(threads).hasValue(2);
		assertThat(this.server.requests()).hasSize(1);
	}

	/**
	 * The first check ends, or waits, before the call that schedules it continues.
	 */
	@Test
	void whenFirstCheckRunsImmediatelyNextDeadlineIsKept() {
		start("http", (connection) -> {
			connection.readRequest();
			connection.hang();
		});
		this.transport = new HttpTransport(
				new TransportSettings("test-transport", Duration.ofSeconds(5), Tls.client(), null),
				InetAddress::getAllByName, this.nanoTime::get, (task) -> {
					Thread thread = new Thread(task, "test-transport-watchdog") {

						@Override
						public void start() {
							super.start();
							while (getState() == State.RUNNABLE) {
								Thread.onSpinWait();
							}
						}

					};
					thread.setDaemon(true);
					return thread;
				});
		assertThat(failure(get().timeout(Duration.ofNanos(1))).getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(failure(get().timeout(TIMEOUT)).getReason()).isEqualTo(Reason.TIMED_OUT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "204 No Content\r\n", "204 No Content\r\nContent-Length: 0\r\n",
			"205 Reset Content\r\nContent-Length: 0\r\n", "304 Not Modified\r\n" })
	void bytesAfterResponseWithoutBodyAreNoResponse(String head) throws Exception {
		start("http", (connection) -> {
			while (true) {
				connection.readRequest();
				connection.write("HTTP/1.1 " + head + "\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
			}
		});
		for (int i = 0; i < 3; i++) {
			assertThat(text(this.transport.send(get()))).isEmpty();
		}
		assertThat(this.server.connections()).isEqualTo(3);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void compressedStreamWithoutLastChunkEnds(boolean close) throws Exception {
		byte[] bytes = compressed("ok");
		start("http", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
					+ Integer.toHexString(bytes.length) + "\r\n");
			connection.write(bytes);
			connection.hang();
		});
		TransportResponse response = this.transport
			.send(get().stream(true).timeout(close ? Duration.ofMinutes(1) : TIMEOUT));
		InputStream stream = response.stream();
		assertThat(new String(stream.readNBytes(2), StandardCharsets.UTF_8)).isEqualTo("ok");
		CompletableFuture<TransportException> failure = CompletableFuture
			.supplyAsync(() -> catchThrowableOfType(TransportException.class, stream::read));
		if (close) {
			this.transport.close();
		}
		assertThat(failure.get(50, TimeUnit.SECONDS).getReason()).isEqualTo(close ? Reason.CLOSED : Reason.TIMED_OUT);
	}

	private static byte[] compressed(String text) {
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
			gzip.write(text.getBytes(StandardCharsets.US_ASCII));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return bytes.toByteArray();
	}

	@Test
	void unknownHostIsTransientAndNotSent() {
		this.transport = transport(Duration.ofSeconds(5), (host) -> {
			throw new UnknownHostException(host);
		});
		TransportException ex = failure(new TransportRequest("GET", URI.create("http://unknown.test")));
		assertThat(ex.isSent()).isFalse();
		assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
		assertThat(ex).hasMessage("unknown host: unknown.test").hasCauseInstanceOf(UnknownHostException.class);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void whenConnectionWasIdleTooLongItIsNotUsed(String scheme) throws Exception {
		start(scheme, HttpTransportTests::keepResponding);
		this.transport.send(get());
		this.nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(3700));
		this.transport.send(get());
		assertThat(this.server.connections()).isOne();
		this.nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(4000));
		this.transport.send(get());
		assertThat(this.server.connections()).isEqualTo(2);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			timeout=3           | 1700
			max=100, Timeout=2  | 700
			timeout=60, max=100 | 3700
			max=100             | 3700
			""")
	void serverCanLimitTheTimeConnectionIsIdle(String keepAlive, long idleMillis) throws Exception {
		startKeepAlive(keepAlive);
		this.transport.send(get());
		this.nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(idleMillis));
		this.transport.send(get());
		assertThat(this.server.connections()).isOne();
		this.nanoTime.addAndGet(TimeUnit.MILLISECONDS.toNanos(idleMillis + 200));
		this.transport.send(get());
		assertThat(this.server.connections()).isEqualTo(2);
	}

	@ParameterizedTest
	@ValueSource(strings = { "timeout=0", "timeout=1" })
	void whenServerKeepsConnectionForTooShortItIsNotUsed(String keepAlive) throws Exception {
		startKeepAlive(keepAlive);
		this.transport.send(get());
		this.transport.send(get());
		assertThat(this.server.connections()).isEqualTo(2);
	}

	private void startKeepAlive(String keepAlive) {
		start("http", (connection) -> {
			while (true) {
				connection.readRequest();
				connection.write(OK.replaceFirst("\r\n", "\r\nKeep-Alive: " + keepAlive + "\r\n"));
			}
		});
	}

	@Test
	void idleConnectionIsClosedWithoutAnotherRequest() throws Exception {
		CompletableFuture<byte[]> afterResponse = new CompletableFuture<>();
		start("http", (connection) -> {
			connection.readRequest();
			connection.write(OK);
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			connection.readToEnd(bytes);
			afterResponse.complete(bytes.toByteArray());
		});
		AtomicInteger readings = new AtomicInteger();
		// The first reading is the start of the idle time, which is soon over
		LongSupplier clock = () -> System.nanoTime()
				+ ((readings.getAndIncrement() == 0) ? 0 : ConnectionPool.MAX_AGE - 300_000_000);
		this.transport = new HttpTransport(
				new TransportSettings("test-transport", Duration.ofMinutes(1), Tls.client(), null),
				InetAddress::getAllByName, clock,
				(task) -> DaemonThreads.create("test-transport-watchdog", null, task));
		assertThat(text(this.transport.send(get().timeout(Duration.ofMinutes(1))))).isEqualTo("ok");
		assertThat(afterResponse.get(50, TimeUnit.SECONDS)).isEmpty();
	}

	@Test
	void idleConnectionsAreLimited() throws Exception {
		CountDownLatch all = new CountDownLatch(100);
		CountDownLatch ended = new CountDownLatch(100);
		start("http", (connection) -> {
			try {
				connection.readRequest();
				all.countDown();
				all.await();
				connection.write(OK);
				connection.readRequest();
			}
			finally {
				ended.countDown();
			}
		});
		List<CompletableFuture<String>> calls = Stream.generate(() -> new CompletableFuture<String>())
			.limit(100)
			.toList();
		calls.forEach((call) -> new Thread(() -> {
			try {
				call.complete(text(this.transport.send(get())));
			}
			catch (IOException ex) {
				call.completeExceptionally(ex);
			}
		}).start());
		for (CompletableFuture<String> call : calls) {
			assertThat(call.get(50, TimeUnit.SECONDS)).isEqualTo("ok");
		}
		awaitCount(ended, ConnectionPool.MAX_IDLE);
		assertThat(ended.getCount()).isEqualTo(ConnectionPool.MAX_IDLE);
		this.transport.close();
		assertThat(ended.await(50, TimeUnit.SECONDS)).isTrue();
	}

	private static void awaitCount(CountDownLatch latch, long count) {
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(50);
		while (latch.getCount() > count && System.nanoTime() < end) {
			Thread.onSpinWait();
		}
	}

	@Test
	void bodyIsTruncatedAtItsBound() throws Exception {
		CompletableFuture<Long> written = new CompletableFuture<>();
		start("http", (connection) -> {
			connection.readRequest();
			written.complete(writeUntilClosed(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
					new byte[10_000]));
		});
		TransportResponse response = this.transport.send(get().maxBody(100_000, 10));
		assertThat(response.body()).hasSize(100_000);
		assertThat(response.truncated()).isTrue();
		assertThat(written.get(50, TimeUnit.SECONDS)).isLessThan(FAR_BEYOND_LIMITS);
	}

	static Stream<Arguments> framings() {
		UnaryOperator<String> length = (body) -> "Content-Length: " + body.length() + "\r\n\r\n" + body;
		UnaryOperator<String> chunked = (body) -> "Transfer-Encoding: chunked\r\n\r\n"
				+ Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
		UnaryOperator<String> end = (body) -> "\r\n" + body;
		return Stream.of(arguments("length", length), arguments("chunked", chunked),
				arguments("end of connection", end), arguments("gzip", gzip(length)),
				arguments("gzip, chunked", gzip(chunked)), arguments("gzip, end of connection", gzip(end)));
	}

	private static UnaryOperator<String> gzip(UnaryOperator<String> framing) {
		return (body) -> "Content-Encoding: gzip\r\n"
				+ framing.apply(new String(compressed(body), StandardCharsets.ISO_8859_1));
	}

	@ParameterizedTest(name = "{0}")
	@MethodSource("framings")
	void onlyBodyLongerThanItsBoundIsTruncated(String name, UnaryOperator<String> framing) throws Exception {
		String whole = "o".repeat(20_000);
		start("http", (connection) -> {
			String body = connection.readRequest().startsWith("GET /whole") ? whole : whole + "!";
			connection.write(("HTTP/1.1 200 OK\r\n" + framing.apply(body)).getBytes(StandardCharsets.ISO_8859_1));
		});
		URI server = uri("http");
		for (String path : List.of("/whole", "/longer")) {
			TransportResponse response = this.transport
				.send(new TransportRequest("GET", server.resolve(path)).maxBody(20_000, 10));
			assertThat(text(response)).isEqualTo(whole);
			assertThat(response.truncated()).isEqualTo(path.equals("/longer"));
		}
	}

	@Test
	void streamIsBounded() throws Exception {
		start("http", (connection) -> {
			connection.readRequest();
			writeUntilClosed(connection, "HTTP/1.1 200 OK\r\n\r\n", new byte[10_000]);
		});
		ByteArrayOutputStream received = new ByteArrayOutputStream();
		try (InputStream stream = this.transport.send(get().stream(true).maxBody(100_000, 10)).stream()) {
			TransportException ex = catchThrowableOfType(TransportException.class, () -> stream.transferTo(received));
			assertThat(ex.getReason()).isEqualTo(Reason.TOO_LARGE);
		}
		assertThat(received.size()).isLessThanOrEqualTo(100_000);
	}

	@Test
	void streamEndsAtDeadlineUnlessRemoved() throws Exception {
		CountDownLatch go = new CountDownLatch(1);
		start("http", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nok");
			go.await();
			connection.write("ok");
		});
		TransportResponse bounded = this.transport.send(get().stream(true).timeout(TIMEOUT));
		TransportResponse unbounded = this.transport.send(get().stream(true).timeout(TIMEOUT));
		unbounded.removeDeadline();
		TransportException ex = catchThrowableOfType(TransportException.class, () -> bounded.stream().readAllBytes());
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		go.countDown();
		assertThat(new String(unbounded.stream().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("okok");
	}

	/**
	 * Its reader must not take the end of the connection for the end of the body.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void streamThatWasClosedHasNoEnd(String scheme) throws Exception {
		start(scheme, (connection) -> {
			String rest = connection.readRequest().contains("/whole") ? "k" : "";
			connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no" + rest);
			connection.hang();
		});
		URI server = uri(scheme);
		try (TransportResponse whole = this.transport
			.send(new TransportRequest("GET", server.resolve("/whole")).stream(true))) {
			assertThat(whole.stream().readAllBytes()).hasSize(2);
			whole.close();
			assertThat(whole.stream().read()).isEqualTo(-1);
		}
		try (TransportResponse part = this.transport.send(get().stream(true))) {
			assertThat(part.stream().read()).isEqualTo('o');
			part.close();
			TransportException ex = catchThrowableOfType(TransportException.class, () -> part.stream().read());
			assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
			assertThat(ex).hasMessageContaining("closed");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void responseToIncompleteRequestIsReturned(String scheme) throws Exception {
		start(scheme, (connection) -> {
			connection.read(100);
			connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large");
			// Closing with unread bytes resets the connection
		});
		TransportResponse response = this.transport.send(upload());
		assertThat(response.status()).isEqualTo(413);
		assertThat(text(response)).isEqualTo("too large");
	}

	/**
	 * The server neither reads the rest of the request nor closes the connection.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void earlyResponseEndsUpload(String scheme) throws Exception {
		start(scheme, (connection) -> {
			connection.read(100);
			connection.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\n");
			connection.write("too large");
			connection.hang();
		});
		TransportResponse response = this.transport.send(upload());
		assertThat(response.status()).isEqualTo(413);
		assertThat(text(response)).isEqualTo("too large");
		awaitEnd("-upload");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void timeoutEndsUpload(String scheme) throws Exception {
		start(scheme, (connection) -> {
			connection.read(100);
			connection.hang();
		});
		TransportException ex = failure(upload().timeout(TIMEOUT));
		assertThat(ex.getReason()).isEqualTo(Reason.TIMED_OUT);
		assertThat(ex.isSent()).isTrue();
		awaitEnd("-upload");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void interruptAndCloseEndUpload(String scheme) throws Exception {
		CountDownLatch started = new CountDownLatch(2);
		start(scheme, (connection) -> {
			connection.read(100);
			started.countDown();
			connection.hang();
		});
		CompletableFuture<TransportException> interrupted = new CompletableFuture<>();
		CompletableFuture<TransportException> closed = new CompletableFuture<>();
		Thread thread = Threads.start(false, () -> interrupted.complete(failure(upload())));
		Threads.start(false, () -> closed.complete(failure(upload())));
		started.await();
		thread.interrupt();
		assertThat(interrupted.get(50, TimeUnit.SECONDS).getReason()).isEqualTo(Reason.INTERRUPTED);
		assertThat(interrupted.get().isSent()).isTrue();
		this.transport.close();
		assertThat(closed.get(50, TimeUnit.SECONDS).getReason()).isEqualTo(Reason.CLOSED);
		assertThat(closed.get().isSent()).isTrue();
		awaitEnd("-upload");
	}

	/**
	 * JDK 17 copies the bytes of one write to a direct buffer of that size, and keeps the
	 * buffer until the thread ends.
	 */
	@Test
	void uploadNeedsNoDirectBufferOfItsSize() throws Exception {
		CompletableFuture<Long> during = new CompletableFuture<>();
		long before = directMemory();
		start("http", (connection) -> {
			assertThat(connection.read(10_000_000)).contains('z');
			during.complete(directMemory());
			connection.read(UPLOAD.length - 10_000_000);
			connection.write(OK);
		});
		CompletableFuture<TransportResponse> response = new CompletableFuture<>();
		CountDownLatch measured = new CountDownLatch(1);
		Threads.start(false, () -> {
			try {
				response.complete(this.transport.send(upload()));
				measured.await();
			}
			catch (IOException | InterruptedException ex) {
				response.completeExceptionally(ex);
			}
		});
		assertThat(during.get(50, TimeUnit.SECONDS) - before).isLessThan(UPLOAD.length / 4);
		assertThat(text(response.get(50, TimeUnit.SECONDS))).isEqualTo("ok");
		assertThat(directMemory() - before).isLessThan(UPLOAD.length / 4);
		measured.countDown();
	}

	private static long directMemory() {
		return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.filter((pool) -> pool.getName().equals("direct"))
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void uploadArrivesWhole(String scheme) throws Exception {
		byte[] body = new byte[1_000_001];
		new Random(1).nextBytes(body);
		CompletableFuture<byte[]> received = new CompletableFuture<>();
		start(scheme, (connection) -> {
			String head = "POST /x?y=z HTTP/1.1\r\nHost: localhost:" + this.server.port()
					+ "\r\nContent-Length: 1000001\r\n\r\n";
			assertThat(new String(connection.read(head.length()), StandardCharsets.US_ASCII)).isEqualTo(head);
			received.complete(connection.read(body.length));
			connection.write(OK);
			connection.hang();
		});
		TransportRequest request = new TransportRequest("POST", uri(scheme)).body(body);
		assertThat(text(this.transport.send(request))).isEqualTo("ok");
		assertThat(received.get(50, TimeUnit.SECONDS)).isEqualTo(body);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http", "https" })
	void whenUploadIsResetWithoutResponseItFails(String scheme) {
		start(scheme, (connection) -> {
			connection.read(100);
			connection.reset();
		});
		TransportException ex = failure(upload());
		assertThat(ex.getReason()).isEqualTo(Reason.IO_ERROR);
		assertThat(ex.isSent()).isTrue();
	}

	@Test
	void whenErrorIsThrownConnectionIsClosed() throws Exception {
		CompletableFuture<byte[]> afterResponse = new CompletableFuture<>();
		start("http", (connection) -> {
			connection.readRequest();
			connection.write("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			connection.readToEnd(bytes);
			afterResponse.complete(bytes.toByteArray());
		});
		OutOfMemoryError error = new OutOfMemoryError("test");
		ProxySelector before = ProxySelector.getDefault();
		ProxySelector.setDefault(ProxySelector.of(new InetSocketAddress("localhost", this.server.port())));
		Authenticator.setDefault(new Authenticator() {

			@Override
			protected PasswordAuthentication getPasswordAuthentication() {
				throw error;
			}

		});
		try {
			TransportRequest request = new TransportRequest("GET", URI.create("http://some.test"))
				.timeout(Duration.ofMinutes(10));
			assertThatThrownBy(() -> this.transport.send(request)).isSameAs(error);
			assertThat(afterResponse.get(50, TimeUnit.SECONDS)).isEmpty();
		}
		finally {
			ProxySelector.setDefault(before);
			Authenticator.setDefault(null);
		}
	}

	@Test
	void headerWithControlCharactersIsRejected() {
		TransportRequest request = new TransportRequest("GET", URI.create("http://localhost"));
		for (String value : List.of("a\r\nX: b", "a\nb", "a\0b", "\u20ac")) {
			assertThatIllegalArgumentException().isThrownBy(() -> request.header("X", value))
				.withMessageNotContaining(value);
			assertThatIllegalArgumentException().isThrownBy(() -> request.header(value + ":", "x"));
		}
	}

	@Test
	void threadsEndAfterLastRequest() throws Exception {
		start("http", HttpTransportTests::keepResponding);
		this.transport.send(get());
		this.transport.close();
		assertThat(failure(get()).getReason()).isEqualTo(Reason.CLOSED);
		awaitEnd("test-transport");
	}

	private static void awaitEnd(String name) throws InterruptedException {
		for (Thread thread : Thread.getAllStackTraces().keySet()) {
			if (thread.getName().contains(name)) {
				thread.join(20_000);
				assertThat(thread.isAlive()).as(thread.getName()).isFalse();
			}
		}
	}

	@Test
	void threadsOfDroppedTransportAreDaemonsAndEnd() throws Exception {
		List<Thread> threads = new CopyOnWriteArrayList<>();
		ThreadFactory factory = (task) -> DaemonThreads.create("dropped-watchdog", null, task);
		start("http", HttpTransportTests::keepResponding);
		HttpTransport dropped = new HttpTransport(
				new TransportSettings("dropped", Duration.ofSeconds(5), Tls.client(), null), InetAddress::getAllByName,
				this.nanoTime::get, (task) -> {
					Thread thread = factory.newThread(task);
					threads.add(thread);
					return thread;
				});
		for (int i = 0; i < 5; i++) {
			dropped.send(get());
		}
		assertThat(threads).hasSize(1).allMatch(Thread::isDaemon);
		this.nanoTime.addAndGet(ConnectionPool.MAX_AGE);
		threads.get(0).join(TimeUnit.SECONDS.toMillis(50));
		assertThat(threads.get(0).isAlive()).isFalse();
		awaitEnd("dropped");
		assertThat(text(dropped.send(get()))).as("a thread is started again").isEqualTo("ok");
		assertThat(threads).hasSize(2);
		assertThat(this.server.connections()).isEqualTo(2);
		dropped.close();
	}

	private void start(String scheme, Script script) {
		start(scheme, scheme.equals("https") ? tls(script).start() : SocketServer.start(script),
				Duration.ofSeconds(30));
	}

	private void start(String scheme, SocketServer server, Duration connectTimeout) {
		this.server = server;
		this.scheme = scheme;
		this.transport = transport(connectTimeout, InetAddress::getAllByName);
	}

	private String scheme = "http";

	private HttpTransport transport(Duration connectTimeout, HostLookup.Resolver resolver) {
		return new HttpTransport(new TransportSettings("test-transport", connectTimeout, Tls.client(), null), resolver,
				this.nanoTime::get, (task) -> DaemonThreads.create("test-transport-watchdog", null, task));
	}

	private TransportRequest get() {
		return new TransportRequest("GET", uri(this.scheme)).pooled(true);
	}

	private URI uri(String scheme) {
		return URI.create(scheme + "://localhost:" + this.server.port() + "/x?y=z");
	}

	private TransportException failure(TransportRequest request) {
		TransportException ex = catchThrowableOfType(TransportException.class, () -> this.transport.send(request));
		assertThat(ex).isNotNull();
		return ex;
	}

	private TransportRequest upload() {
		return new TransportRequest("POST", uri(this.scheme)).body(UPLOAD).timeout(Duration.ofSeconds(50));
	}

	private static byte[] body(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	private static String text(TransportResponse response) {
		return new String(response.body(), StandardCharsets.UTF_8);
	}

	private static List<Boolean> canBeVirtual() {
		return Threads.areVirtualThreadsThere() ? List.of(false, true) : List.of(false);
	}

	private static void keepResponding(SocketServer.Connection connection) throws Exception {
		while (true) {
			connection.readRequest();
			connection.write(OK);
		}
	}

	/**
	 * Starts a server.
	 */
	interface Server {

		SocketServer start();

	}

}
