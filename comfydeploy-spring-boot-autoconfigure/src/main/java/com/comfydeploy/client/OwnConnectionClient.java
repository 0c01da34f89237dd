package com.comfydeploy.client;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.util.OptionalLong;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * Gives each request a connection of its own, so that none goes out on a connection that
 * the server has just dropped and fails without having been seen.
 * <p>
 * The JDK's client has no switch for it and cannot be closed before JDK 21, so one client
 * per request would pile up threads. Instead a response's body is given up with its last
 * byte, by which the connection is closed and not pooled. Where the length is not
 * announced, or zero, the connection does get pooled: that client is retired, and another
 * one takes the next request. Only a request that had taken the client before, and has
 * not been sent yet, can still find such a connection, fresh from its use.
 */
final class OwnConnectionClient implements AutoCloseable {

	/** Announces the length of a body that it does not have. */
	private static final int NOT_MODIFIED = 304;

	private final Supplier<HttpClient> clients;

	private @Nullable Client current;

	OwnConnectionClient(Supplier<HttpClient> clients) {
		this.clients = clients;
	}

	/**
	 * Take the current client for one request.
	 */
	synchronized Lease lease() {
		if (this.current == null) {
			this.current = new Client(this.clients.get());
		}
		this.current.users++;
		return new Lease(this.current);
	}

	private synchronized void retire(Client client) {
		client.retired = true;
		if (this.current == client) {
			this.current = null;
		}
	}

	private synchronized void release(Client client) {
		client.users--;
		if (client.retired && client.users == 0) {
			HttpClients.shutdown(client.httpClient);
		}
	}

	@Override
	public synchronized void close() {
		if (this.current != null) {
			HttpClients.shutdown(this.current.httpClient);
		}
	}

	private static final class Client {

		private final HttpClient httpClient;

		private int users;

		private boolean retired;

		Client(HttpClient httpClient) {
			this.httpClient = httpClient;
		}

	}

	/**
	 * The use of a client for one request.
	 */
	final class Lease implements AutoCloseable {

		private final Client client;

		private Lease(Client client) {
			this.client = client;
		}

		HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
			return this.client.httpClient.send(request, this::subscriber);
		}

		private BodySubscriber<byte[]> subscriber(ResponseInfo response) {
			OptionalLong length = response.headers().firstValueAsLong("Content-Length");
			int maxRead = SessionReply.maxRead(response.statusCode());
			if (length.isPresent() && length.getAsLong() > 0 && response.statusCode() != NOT_MODIFIED) {
				int bound = (int) Math.min(length.getAsLong(), maxRead);
				return new BoundedBody(bound, bound);
			}
			retire(this.client);
			return new BoundedBody(maxRead, 0);
		}

		@Override
		public void close() {
			release(this.client);
		}

	}

}
