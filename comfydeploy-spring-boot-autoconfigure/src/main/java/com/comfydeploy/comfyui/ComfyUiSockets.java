package com.comfydeploy.comfyui;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Consumer;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.DaemonThreads;

/**
 * Opens WebSockets with the JDK's client, which is created for the first one.
 */
final class ComfyUiSockets implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(ComfyUiSockets.class);

	private final Duration connectTimeout;

	private final @Nullable SSLContext sslContext;

	private final @Nullable SSLParameters sslParameters;

	private @Nullable HttpClient client;

	private boolean closed;

	ComfyUiSockets(Duration connectTimeout, @Nullable SSLContext sslContext, @Nullable SSLParameters sslParameters) {
		this.connectTimeout = connectTimeout;
		this.sslContext = sslContext;
		this.sslParameters = sslParameters;
	}

	/**
	 * Open a WebSocket.
	 * @param wait the time to wait for the connection, zero for none
	 * @param messages called with each message
	 */
	ComfyUiSocket open(URI uri, Duration wait, Consumer<String> messages) throws InterruptedException {
		HttpClient client = client();
		return (client != null) ? ComfyUiSocket.open(client, uri, this.connectTimeout, wait, messages)
				: ComfyUiSocket.none(messages);
	}

	private synchronized @Nullable HttpClient client() {
		if (this.client == null && !this.closed) {
			this.client = newClient();
		}
		return this.client;
	}

	private HttpClient newClient() {
		HttpClient.Builder builder = HttpClient.newBuilder()
			.version(HttpClient.Version.HTTP_1_1)
			.followRedirects(HttpClient.Redirect.NEVER)
			.connectTimeout(this.connectTimeout);
		if (this.sslContext != null) {
			builder.sslContext(this.sslContext);
		}
		if (this.sslParameters != null) {
			builder.sslParameters(this.sslParameters);
		}
		return builder.build();
	}

	/**
	 * Close the client, without waiting for its last WebSockets. Before JDK 21, a client
	 * cannot be closed: its thread ends after the client has been collected.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		HttpClient client = this.client;
		this.client = null;
		if (client instanceof AutoCloseable closeable) {
			DaemonThreads.create("comfyui-sockets-close", null, () -> close(closeable)).start();
		}
	}

	private static void close(AutoCloseable client) {
		try {
			client.close();
		}
		catch (Exception ex) {
			logger.debug("The client of the WebSockets could not be closed", ex);
		}
	}

}
