package com.comfydeploy.lease;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import com.comfydeploy.test.FakeComfyDeploy;

/**
 * A gateway between one JVM and the fake. It can hold one call, before it reaches the
 * fake or before its response is returned, and holds every later call of this JVM with
 * it: the moment is certain, whatever the JVM's other threads do.
 */
final class CallGate implements AutoCloseable {

	static final String CREATE = "POST .*/session";

	static final String EXTEND = "POST .*/increase-timeout";

	static final String CANCEL = "DELETE .*/session/.*";

	static final String LIST = "GET .*/sessions.*";

	private static final List<String> HEADERS = List.of("Authorization", "Content-Type", "Accept");

	private final HttpServer server;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private final FakeComfyDeploy fake;

	private final Runnable afterCall;

	private final List<String> received = new CopyOnWriteArrayList<>();

	private final AtomicInteger calls = new AtomicInteger();

	private final CompletableFuture<Void> reached = new CompletableFuture<>();

	private final CompletableFuture<Boolean> forwarded = new CompletableFuture<>();

	private volatile Hold hold = new Hold(Side.REQUEST, "", 0);

	private CallGate(FakeComfyDeploy fake, Runnable afterCall) throws IOException {
		this.fake = fake;
		this.afterCall = afterCall;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.setExecutor(this.threads);
		this.server.createContext("/", this::handle);
		this.server.start();
	}

	/**
	 * Create a gateway that forwards every call.
	 * @param afterCall runs after each call, before its response is returned
	 */
	static CallGate open(FakeComfyDeploy fake, Runnable afterCall) throws IOException {
		return new CallGate(fake, afterCall);
	}

	/**
	 * Create a gateway that holds one call.
	 */
	static CallGate holding(FakeComfyDeploy fake, Hold hold) throws IOException {
		CallGate gate = new CallGate(fake, () -> {
		});
		gate.hold = hold;
		return gate;
	}

	String baseUrl() {
		return "http://localhost:" + this.server.getAddress().getPort() + URI.create(this.fake.getBaseUrl()).getPath();
	}

	/**
	 * Return the number of calls that the JVM has sent, except for those after a held
	 * call.
	 */
	int received(String call) {
		return (int) this.received.stream().filter((received) -> Pattern.matches(call, received)).count();
	}

	/**
	 * Return whether the call to hold has arrived.
	 */
	boolean isReached() {
		return this.reached.isDone();
	}

	/**
	 * Let the call that is held reach the fake, though nobody waits for its response.
	 */
	void forward() {
		this.forwarded.complete(true);
	}

	private void handle(HttpExchange exchange) throws IOException {
		try (exchange) {
			byte[] body = exchange.getRequestBody().readAllBytes();
			if (isReached()) {
				this.forwarded.join();
				return;
			}
			String call = exchange.getRequestMethod() + " " + exchange.getRequestURI();
			this.received.add(call);
			Hold hold = this.hold;
			boolean held = Pattern.matches(hold.call(), call) && this.calls.incrementAndGet() == hold.number();
			if (held && hold.side() == Side.REQUEST) {
				this.reached.complete(null);
				if (!this.forwarded.join()) {
					return;
				}
			}
			HttpResponse<byte[]> response = send(exchange, body);
			this.afterCall.run();
			if (held) {
				this.reached.complete(null);
				this.forwarded.join();
				return;
			}
			response.headers()
				.firstValue("Content-Type")
				.ifPresent((value) -> exchange.getResponseHeaders().set("Content-Type", value));
			exchange.sendResponseHeaders(response.statusCode(),
					(response.body().length > 0) ? response.body().length : -1);
			exchange.getResponseBody().write(response.body());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private HttpResponse<byte[]> send(HttpExchange exchange, byte[] body) throws IOException, InterruptedException {
		URI target = URI.create(this.fake.getBaseUrl());
		URI uri = URI.create("http://" + target.getAuthority() + exchange.getRequestURI());
		HttpRequest.Builder request = HttpRequest.newBuilder(uri)
			.timeout(Duration.ofMinutes(1))
			.method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
		for (String name : HEADERS) {
			String value = exchange.getRequestHeaders().getFirst(name);
			if (value != null) {
				request.header(name, value);
			}
		}
		return this.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
	}

	@Override
	public void close() {
		this.forwarded.complete(false);
		this.server.stop(0);
		this.threads.shutdownNow();
	}

	/**
	 * Side of a call that is held.
	 */
	enum Side {

		/** The fake does not receive it. */
		REQUEST,

		/** The fake processes it, and its response is not returned. */
		RESPONSE

	}

	/**
	 * Call to hold.
	 *
	 * @param call method and path, a regular expression
	 * @param number the number of the call among those that match, from 1
	 */
	record Hold(Side side, String call, int number) {

	}

}
