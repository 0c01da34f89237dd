package com.comfydeploy.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;

/**
 * {@link ClientHttpRequestFactory} over the JDK's {@link HttpClient} that moves bodies as
 * byte arrays, bounds them, and bounds the time of a whole exchange.
 */
final class SessionHttpRequestFactory implements ClientHttpRequestFactory, AutoCloseable {

	/** Request attribute: the {@link Duration} that the whole exchange may take. */
	static final String READ_TIMEOUT = SessionHttpRequestFactory.class.getName() + ".readTimeout";

	/** Request attribute: whether a connection may be used that was used before. */
	static final String SHARED_CONNECTION = SessionHttpRequestFactory.class.getName() + ".sharedConnection";

	/** Request attribute: whether the body of a success is to be left unread. */
	static final String STREAM = SessionHttpRequestFactory.class.getName() + ".stream";

	/** Request attribute: the {@link BearerToken} that no failure may quote. */
	static final String TOKEN = SessionHttpRequestFactory.class.getName() + ".token";

	/** Headers that the JDK writes by itself and does not let anybody set. */
	private static final Set<String> RESTRICTED = Set.of("connection", "content-length", "expect", "host", "upgrade");

	private final HttpClient sharedConnections;

	private final OwnConnectionClient ownConnections;

	private final Duration readTimeout;

	private final Set<CompletableFuture<?>> inFlight = ConcurrentHashMap.newKeySet();

	private final Set<InputStream> streams = ConcurrentHashMap.newKeySet();

	private volatile boolean closed;

	/**
	 * Create a factory.
	 * @param clients makes clients with a connect timeout below any read timeout
	 * @param readTimeout for requests that do not say
	 */
	SessionHttpRequestFactory(Supplier<HttpClient> clients, Duration readTimeout) {
		this.sharedConnections = clients.get();
		this.ownConnections = new OwnConnectionClient(clients);
		this.readTimeout = readTimeout;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(uri, method);
	}

	boolean isClosed() {
		return this.closed;
	}

	/**
	 * End all exchanges that are under way, and refuse any other.
	 */
	@Override
	public void close() {
		this.closed = true;
		this.inFlight.forEach((exchange) -> exchange.cancel(true));
		this.streams.forEach(SessionHttpRequestFactory::closeQuietly);
		HttpClients.shutdown(this.sharedConnections);
		this.ownConnections.close();
	}

	private HttpResponse<byte[]> exchange(HttpRequest request, boolean sharedConnection, Duration timeout,
			@Nullable BearerToken token) throws IOException {
		if (sharedConnection) {
			return await(this.sharedConnections.sendAsync(request, BoundedBody.handler()), timeout, token);
		}
		try (OwnConnectionClient.Lease client = this.ownConnections.lease()) {
			return await(client.sendAsync(request), timeout, token);
		}
	}

	private HttpResponse<InputStream> stream(HttpRequest request, Duration timeout, @Nullable BearerToken token)
			throws IOException {
		HttpResponse<InputStream> response = await(
				this.sharedConnections.sendAsync(request, BoundedBody.unlessSuccessful()), timeout, token);
		this.streams.add(response.body());
		if (this.closed) {
			closeQuietly(response.body());
		}
		return response;
	}

	private static void closeQuietly(InputStream stream) {
		try {
			stream.close();
		}
		catch (IOException ex) {
			// nobody reads it any more
		}
	}

	private <T> HttpResponse<T> await(CompletableFuture<HttpResponse<T>> exchange, Duration timeout,
			@Nullable BearerToken token) throws IOException {
		this.inFlight.add(exchange);
		try {
			if (this.closed) {
				throw new ClientClosedException();
			}
			return exchange.get(Time.nanos(timeout), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw new HttpTimeoutException("no complete response within " + timeout.toMillis() + " ms");
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new RequestInterruptedException("interrupted while waiting for the response");
		}
		catch (CancellationException ex) {
			throw new ClientClosedException();
		}
		catch (ExecutionException ex) {
			throw failure(ex.getCause(), token);
		}
		finally {
			this.inFlight.remove(exchange);
			exchange.cancel(true);
		}
	}

	private IOException failure(@Nullable Throwable cause, @Nullable BearerToken token) {
		if (this.closed) {
			return new ClientClosedException();
		}
		if (cause instanceof Error error) {
			throw error;
		}
		IOException failure = (cause instanceof IOException ex) ? ex : new IOException(cause);
		return (token != null && !AttemptFailure.isBeforeSending(failure)) ? token.mask(failure) : failure;
	}

	/**
	 * A request that keeps its body until it is executed.
	 */
	private final class Request extends AbstractClientHttpRequest {

		private final URI uri;

		private final HttpMethod method;

		private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

		Request(URI uri, HttpMethod method) {
			this.uri = uri;
			this.method = method;
		}

		@Override
		public URI getURI() {
			return this.uri;
		}

		@Override
		public HttpMethod getMethod() {
			return this.method;
		}

		@Override
		protected OutputStream getBodyInternal(HttpHeaders headers) {
			return this.body;
		}

		@Override
		protected ClientHttpResponse executeInternal(HttpHeaders headers) throws IOException {
			HttpRequest.Builder request = HttpRequest.newBuilder(this.uri)
				.method(this.method.name(), (this.body.size() == 0) ? HttpRequest.BodyPublishers.noBody()
						: HttpRequest.BodyPublishers.ofByteArray(this.body.toByteArray()));
			headers.forEach((name, values) -> {
				if (!RESTRICTED.contains(name.toLowerCase(Locale.ROOT))) {
					values.forEach((value) -> request.header(name, value));
				}
			});
			Duration timeout = (getAttributes().get(READ_TIMEOUT) instanceof Duration duration) ? duration
					: SessionHttpRequestFactory.this.readTimeout;
			BearerToken token = (BearerToken) getAttributes().get(TOKEN);
			if (isSet(STREAM)) {
				HttpResponse<InputStream> response = stream(request.build(), timeout, token);
				return new Response(response, new TrackedStream(response.body()));
			}
			HttpResponse<byte[]> response = exchange(request.build(), isSet(SHARED_CONNECTION), timeout, token);
			return new Response(response, new ByteArrayInputStream(response.body()));
		}

		private boolean isSet(String attribute) {
			return Boolean.TRUE.equals(getAttributes().get(attribute));
		}

	}

	/**
	 * A stream that is forgotten once it is closed.
	 */
	private final class TrackedStream extends FilterInputStream {

		TrackedStream(InputStream stream) {
			super(stream);
		}

		@Override
		public void close() throws IOException {
			SessionHttpRequestFactory.this.streams.remove(this.in);
			super.close();
		}

	}

	/**
	 * A response.
	 */
	private static final class Response implements ClientHttpResponse {

		private final HttpResponse<?> response;

		private final InputStream body;

		private @Nullable HttpHeaders headers;

		Response(HttpResponse<?> response, InputStream body) {
			this.response = response;
			this.body = body;
		}

		@Override
		public HttpStatusCode getStatusCode() {
			return HttpStatusCode.valueOf(this.response.statusCode());
		}

		@Override
		public String getStatusText() {
			HttpStatus status = HttpStatus.resolve(this.response.statusCode());
			return (status != null) ? status.getReasonPhrase() : "";
		}

		@Override
		public HttpHeaders getHeaders() {
			HttpHeaders headers = this.headers;
			if (headers == null) {
				headers = new HttpHeaders();
				this.response.headers().map().forEach(headers::addAll);
				this.headers = headers;
			}
			return headers;
		}

		@Override
		public InputStream getBody() {
			return this.body;
		}

		@Override
		public void close() {
		}

	}

}
