package com.comfydeploy.comfyui;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.function.Consumer;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets with the JDK's client, which is created for the first one.
 */
final class ComfyUiSockets {

	private final Duration connectTimeout;

	private final @Nullable SSLContext sslContext;

	private final @Nullable SSLParameters sslParameters;

	private @Nullable HttpClient client;

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
		return ComfyUiSocket.open(client(), uri, this.connectTimeout, wait, messages);
	}

	private synchronized HttpClient client() {
		if (this.client == null) {
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
			this.client = builder.build();
		}
		return this.client;
	}

}
