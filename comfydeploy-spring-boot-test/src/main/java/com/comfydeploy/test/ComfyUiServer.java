package com.comfydeploy.test;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;

/**
 * Server of the ComfyUIs of all sessions, on one port with a path for each. It does not
 * use {@code HttpServer}, which does not support WebSockets.
 */
final class ComfyUiServer implements AutoCloseable {

	private static final int BACKLOG = 200;

	private static final long POLL_MILLIS = 10;

	private final ServerSocket serverSocket;

	private final Executor executor;

	private final Function<String, @Nullable ComfyUiRoutes> comfyUis;

	private final FakeFaults faults;

	private final FakeClock clock;

	private final RequestJournal<ComfyUiRequest> journal;

	private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();

	private CompletableFuture<Void> accepting = CompletableFuture.completedFuture(null);

	/**
	 * Create a server.
	 * @param comfyUis the ComfyUI below a path, or {@code null} where there is none,
	 * which drops the connection
	 */
	ComfyUiServer(Executor executor, Function<String, @Nullable ComfyUiRoutes> comfyUis, FakeFaults faults,
			FakeClock clock, RequestJournal<ComfyUiRequest> journal) {
		this.executor = executor;
		this.comfyUis = comfyUis;
		this.faults = faults;
		this.clock = clock;
		this.journal = journal;
		try {
			this.serverSocket = new ServerSocket();
			this.serverSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	String url(String path) {
		return "http://localhost:" + this.serverSocket.getLocalPort() + path;
	}

	void start() {
		this.accepting = CompletableFuture.runAsync(this::accept, this.executor);
	}

	/** Serve each connection on a thread of its own. */
	private void accept() {
		while (!this.serverSocket.isClosed()) {
			try {
				Socket socket = this.serverSocket.accept();
				this.sockets.add(socket);
				if (this.serverSocket.isClosed()) {
					// close() may have missed it
					socket.close();
				}
				this.executor.execute(() -> serve(socket));
			}
			catch (IOException | RejectedExecutionException ex) {
				// Closed, or a connection that broke immediately
			}
		}
	}

	private void serve(Socket socket) {
		try (socket) {
			socket.setTcpNoDelay(true);
			serve(socket,
					new HttpMessageReader(new BufferedInputStream(socket.getInputStream()), socket.getOutputStream()));
		}
		catch (IOException | NumberFormatException ex) {
			// The client disconnected, or does not send HTTP
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.sockets.remove(socket);
		}
	}

	private void serve(Socket socket, HttpMessageReader reader) throws IOException, InterruptedException {
		OutputStream output = new BufferedOutputStream(socket.getOutputStream());
		while (true) {
			ComfyUiRequest request;
			try {
				request = reader.read();
			}
			catch (HttpMessageReader.BodyTooLargeException ex) {
				write(output, FakeResponse.text(413, "Maximum request body size 104857600 exceeded."), false);
				return;
			}
			ComfyUiRoutes comfyUi = (request != null) ? find(request) : null;
			if (request == null || comfyUi == null) {
				return;
			}
			ComfyUiRequest below = below(request, comfyUi.basePath());
			Instant arrived = this.clock.now();
			this.journal.add(below);
			FaultEffect fault = nextFault(ComfyUiOperations.of(below));
			if (isUpgrade(below) && !(fault instanceof FaultEffect.Status)) {
				serveWebSocket(socket, output, below, comfyUi, fault);
				return;
			}
			FakeResponse response = FaultEffect.respond(fault, this.clock, arrived,
					(breakdown) -> comfyUi.respond(below));
			// The connections of a container end with it
			if (response == null || !isRunning(comfyUi)) {
				return;
			}
			write(output, response, below.method().equals("HEAD"));
			if (response.isTruncated()) {
				return;
			}
		}
	}

	private @Nullable ComfyUiRoutes find(ComfyUiRequest request) {
		String[] segments = request.path().split("[/?]", 3);
		return (segments.length > 1) ? this.comfyUis.apply("/" + segments[1]) : null;
	}

	private boolean isRunning(ComfyUiRoutes comfyUi) {
		return this.comfyUis.apply(comfyUi.basePath()) == comfyUi;
	}

	private static ComfyUiRequest below(ComfyUiRequest request, String basePath) {
		return request.withPath(request.path().substring(basePath.length()));
	}

	private @Nullable FaultEffect nextFault(@Nullable String operation) {
		return (operation != null) ? this.faults.nextCall(operation) : null;
	}

	private static boolean isUpgrade(ComfyUiRequest request) {
		return ComfyUiOperations.path(request).equals("/ws")
				&& request.header("Upgrade").filter("websocket"::equalsIgnoreCase).isPresent();
	}

	private static void write(OutputStream output, FakeResponse response, boolean head) throws IOException {
		HttpStatus status = HttpStatus.resolve(response.statusCode());
		StringBuilder text = new StringBuilder("HTTP/1.1 ").append(response.statusCode())
			.append(' ')
			.append((status != null) ? status.getReasonPhrase() : "Status")
			.append("\r\n");
		response.headers().forEach((name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
		boolean bodiless = response.statusCode() == 304 || response.statusCode() == 204;
		if (!bodiless) {
			text.append("Content-Length: ").append(response.body().length).append("\r\n");
		}
		output.write(text.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
		if (!head && !bodiless) {
			output.write(response.body(), 0, response.sent());
		}
		output.flush();
	}

	private void serveWebSocket(Socket socket, OutputStream output, ComfyUiRequest request, ComfyUiRoutes comfyUi,
			@Nullable FaultEffect fault) throws IOException, InterruptedException {
		if (fault instanceof FaultEffect.Delay delay) {
			this.clock.awaitTime(this.clock.now().plus(delay.delay()));
		}
		boolean dropped = fault instanceof FaultEffect.Drop;
		if (!isRunning(comfyUi) || (fault instanceof FaultEffect.Drop drop && !drop.isCarriedOut())) {
			return;
		}
		output.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
				+ "Sec-WebSocket-Accept: " + WebSocketFrames.accept(request.header("Sec-WebSocket-Key").orElse(""))
				+ "\r\n\r\n")
			.getBytes(StandardCharsets.US_ASCII));
		output.flush();
		WebSocketFrames frames = new WebSocketFrames(socket.getInputStream(), output);
		String wanted = ComfyUiRoutes.parameters(request).getOrDefault("clientId", "");
		String clientId = wanted.isEmpty() ? UUID.randomUUID().toString().replace("-", "") : wanted;
		BlockingQueue<Object> messages = comfyUi.sockets().open(clientId);
		this.executor.execute(() -> readUntilClosed(socket, frames));
		try {
			sendState(frames, comfyUi, clientId);
			while (!socket.isClosed() && isRunning(comfyUi)) {
				comfyUi.queue().advance();
				Object message = messages.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
				send(frames, message);
				if (message != null && dropped) {
					return;
				}
			}
		}
		finally {
			comfyUi.sockets().close(clientId, messages);
		}
	}

	/** Send the state, which a client that reconnects has missed. */
	private static void sendState(WebSocketFrames frames, ComfyUiRoutes comfyUi, String clientId) throws IOException {
		comfyUi.queue().advance();
		Map<String, Object> status = ComfyUiSockets.status(comfyUi.queue().remaining());
		status.put("sid", clientId);
		frames.sendText(ComfyUiSockets.json("status", status));
		String node = comfyUi.queue().current(clientId);
		if (node != null) {
			Map<String, Object> data = new LinkedHashMap<>();
			data.put("node", node);
			frames.sendText(ComfyUiSockets.json("executing", data));
		}
	}

	private static void send(WebSocketFrames frames, @Nullable Object message) throws IOException {
		if (message instanceof String text) {
			frames.sendText(text);
		}
		else if (message instanceof byte[] bytes) {
			frames.sendBinary(bytes);
		}
	}

	private static void readUntilClosed(Socket socket, WebSocketFrames frames) {
		try (socket) {
			frames.readUntilClosed();
		}
		catch (IOException ex) {
			// Closed without a close frame
		}
	}

	/** The port is free only after the accepting thread has ended. */
	@Override
	public void close() {
		try {
			this.serverSocket.close();
			this.accepting.join();
			for (Socket socket : this.sockets) {
				socket.close();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
