package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

import org.junit.jupiter.api.Assumptions;

/**
 * Server whose connections follow scripts, so that a test controls each byte.
 */
public final class SocketServer implements AutoCloseable {

	private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)\r\ncontent-length: (\\d+)\r\n");

	private static final Pattern WEB_SOCKET_KEY = Pattern.compile("(?i)\r\nsec-websocket-key: ([^\r]+)\r\n");

	private static final Set<Socket> reserved = ConcurrentHashMap.newKeySet();

	private final ServerSocket serverSocket;

	private final Script script;

	private final List<String> requests = new CopyOnWriteArrayList<>();

	private final Set<Socket> open = ConcurrentHashMap.newKeySet();

	private final AtomicInteger connections = new AtomicInteger();

	private final CountDownLatch closed = new CountDownLatch(1);

	private SocketServer(ServerSocket serverSocket, Script script) {
		this.serverSocket = serverSocket;
		this.script = script;
	}

	/**
	 * Start a server.
	 * @param script the script of each connection; at its end, the connection is closed
	 */
	public static SocketServer start(Script script) {
		try {
			return start(new ServerSocket(0, 1000, InetAddress.getLoopbackAddress()), script);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static SocketServer start(ServerSocket serverSocket, Script script) {
		SocketServer server = new SocketServer(serverSocket, script);
		daemon(server::accept);
		return server;
	}

	/**
	 * Start a server that accepts connections and sends nothing.
	 */
	public static SocketServer silent() {
		return start(Connection::hang);
	}

	/**
	 * Return a server that accepts no connection, because its queue is full.
	 */
	public static SocketServer full() {
		try {
			SocketServer server = new SocketServer(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()),
					Connection::hang);
			Assumptions.assumeTrue(server.fillQueue(), "This system never lets a connection wait");
			return server;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private boolean fillQueue() throws IOException {
		for (int i = 0; i < 20; i++) {
			Socket client = new Socket();
			this.open.add(client);
			try {
				client.connect(this.serverSocket.getLocalSocketAddress(), 500);
			}
			catch (SocketTimeoutException ex) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Return a port that nobody listens on. It stays reserved as long as this JVM runs:
	 * otherwise, a server of another test could get it.
	 */
	public static int unusedPort() {
		try {
			Socket socket = new Socket();
			socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			reserved.add(socket);
			return socket.getLocalPort();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String baseUrl() {
		return "http://localhost:" + port() + "/api";
	}

	public int port() {
		return this.serverSocket.getLocalPort();
	}

	/**
	 * The requests that arrived whole, each with head and body.
	 */
	public List<String> requests() {
		return this.requests;
	}

	public int connections() {
		return this.connections.get();
	}

	private void accept() {
		while (!this.serverSocket.isClosed()) {
			try {
				Socket socket = this.serverSocket.accept();
				this.open.add(socket);
				socket.setTcpNoDelay(true);
				Connection connection = new Connection(socket, this.connections.incrementAndGet());
				daemon(() -> serve(connection));
			}
			catch (IOException ex) {
				// Closed, or the client has disconnected
			}
		}
	}

	private void serve(Connection connection) {
		Socket accepted = connection.socket;
		try (accepted) {
			this.script.serve(connection);
		}
		catch (Exception ex) {
			// the client is gone, which its test notices
		}
		finally {
			this.open.remove(accepted);
		}
	}

	@Override
	public void close() throws IOException {
		this.closed.countDown();
		this.serverSocket.close();
		for (Socket socket : this.open) {
			socket.close();
		}
	}

	private static void daemon(Runnable task) {
		Thread thread = new Thread(task, "socket-server");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * Script of a connection.
	 */
	@FunctionalInterface
	public interface Script {

		void serve(Connection connection) throws Exception;

	}

	/**
	 * A connection that a client has made.
	 */
	public final class Connection {

		private Socket socket;

		private final int number;

		private Connection(Socket socket, int number) {
			this.socket = socket;
			this.number = number;
		}

		/**
		 * The number of the connection, from 1.
		 */
		public int number() {
			return this.number;
		}

		/**
		 * Read a request, and count it.
		 */
		public String readRequest() throws IOException {
			InputStream in = this.socket.getInputStream();
			ByteArrayOutputStream bytes = new ByteArrayOutputStream();
			while (!bytes.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
				int b = in.read();
				if (b < 0) {
					throw new EOFException();
				}
				bytes.write(b);
			}
			Matcher length = CONTENT_LENGTH.matcher(bytes.toString(StandardCharsets.ISO_8859_1));
			if (length.find()) {
				bytes.write(in.readNBytes(Integer.parseInt(length.group(1))));
			}
			String request = bytes.toString(StandardCharsets.UTF_8);
			SocketServer.this.requests.add(request);
			return request;
		}

		public byte[] read(int count) throws IOException {
			return this.socket.getInputStream().readNBytes(count);
		}

		/**
		 * Read all bytes until the client closes the connection or resets it.
		 */
		public void readToEnd(OutputStream out) throws IOException {
			try {
				this.socket.getInputStream().transferTo(out);
			}
			catch (SocketException ex) {
				// Reset
			}
			catch (SSLException ex) {
				// Closed without an alert
			}
		}

		/**
		 * Continue with TLS, as the server at the end of a tunnel.
		 */
		public void startTls(SSLContext context) throws IOException {
			this.socket = context.getSocketFactory().createSocket(this.socket, null, true);
		}

		public SSLSession tlsSession() {
			return ((SSLSocket) this.socket).getSession();
		}

		public void write(String text) throws IOException {
			write(text.getBytes(StandardCharsets.UTF_8));
		}

		public void write(byte[] bytes) throws IOException {
			OutputStream out = this.socket.getOutputStream();
			out.write(bytes);
			out.flush();
		}

		/**
		 * Respond with a status and a JSON body of known length.
		 */
		public void respond(int status, String body) throws IOException {
			write("HTTP/1.1 " + status + " X\r\nContent-Type: application/json\r\nContent-Length: "
					+ body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
		}

		/**
		 * Accept the handshake of a WebSocket.
		 * @param request the request that asks for it
		 */
		public void acceptWebSocket(String request) throws Exception {
			Matcher key = WEB_SOCKET_KEY.matcher(request);
			byte[] digest = MessageDigest.getInstance("SHA-1")
				.digest(((key.find() ? key.group(1) : "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
					.getBytes(StandardCharsets.US_ASCII));
			write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
					+ "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(digest) + "\r\n\r\n");
		}

		/**
		 * End the connection with a reset.
		 */
		public void reset() throws IOException {
			this.socket.setSoLinger(true, 0);
			this.socket.close();
		}

		/**
		 * End the output of the server, which can still read.
		 */
		public void endOutput() throws IOException {
			this.socket.shutdownOutput();
		}

		/**
		 * Keep the connection as it is until the server is closed.
		 */
		public void hang() throws InterruptedException {
			SocketServer.this.closed.await();
		}

		/**
		 * Let time pass, but not past the end of the server.
		 */
		public void pause(Duration duration) throws InterruptedException {
			SocketServer.this.closed.await(duration.toMillis(), TimeUnit.MILLISECONDS);
		}

		public boolean isClosed() {
			return this.socket.isClosed() || SocketServer.this.closed.getCount() == 0;
		}

	}

}
