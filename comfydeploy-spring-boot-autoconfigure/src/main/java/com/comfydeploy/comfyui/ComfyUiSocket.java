package com.comfydeploy.comfyui;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket that receives the messages for one client. Its failures are only logged, as
 * it only brings progress.
 */
final class ComfyUiSocket implements WebSocket.Listener, AutoCloseable {

	private static final Log logger = LogFactory.getLog(ComfyUiSocket.class);

	private static final int MAX_MESSAGE = 4 * 1024 * 1024;

	private final Consumer<String> messages;

	private final StringBuilder text = new StringBuilder();

	private @Nullable CompletableFuture<WebSocket> connection;

	private ComfyUiSocket(Consumer<String> messages) {
		this.messages = messages;
	}

	/** Create a socket that receives nothing. */
	static ComfyUiSocket none(Consumer<String> messages) {
		return new ComfyUiSocket(messages);
	}

	/**
	 * Connect.
	 * @param wait the time to wait for the connection, zero for none
	 * @param messages called with each message, on a thread of the client
	 */
	static ComfyUiSocket open(HttpClient client, URI uri, Duration connectTimeout, Duration wait,
			Consumer<String> messages) throws InterruptedException {
		ComfyUiSocket socket = new ComfyUiSocket(messages);
		try {
			socket.connection = client.newWebSocketBuilder().connectTimeout(connectTimeout).buildAsync(uri, socket);
			if (!wait.isZero()) {
				socket.connection.get(wait.toNanos(), TimeUnit.NANOSECONDS);
			}
		}
		catch (InterruptedException ex) {
			socket.close();
			throw ex;
		}
		catch (ExecutionException | TimeoutException | RuntimeException ex) {
			// The message quotes the URL
			logger.debug("There is no WebSocket, and so no progress: " + ex.getClass().getSimpleName());
		}
		return socket;
	}

	@Override
	public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
		if (this.text.length() + data.length() <= MAX_MESSAGE) {
			this.text.append(data);
		}
		if (last) {
			this.messages.accept(this.text.toString());
			this.text.setLength(0);
		}
		socket.request(1);
		return null;
	}

	@Override
	public void onError(WebSocket socket, Throwable error) {
		logger.debug("The WebSocket failed: " + error.getClass().getSimpleName());
	}

	/**
	 * Close the connection, without the closing handshake. The JDK's client sometimes
	 * misses that the server has closed it: the connection would stay open.
	 */
	@Override
	public void close() {
		if (this.connection != null) {
			this.connection.thenAccept(WebSocket::abort);
		}
	}

}
