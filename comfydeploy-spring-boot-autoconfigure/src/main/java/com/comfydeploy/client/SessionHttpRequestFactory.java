package com.comfydeploy.client;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.AbstractClientHttpRequest;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.CollectionUtils;

/**
 * {@link ClientHttpRequestFactory} over a {@link SessionHttpClient} that moves bodies as
 * byte arrays.
 */
final class SessionHttpRequestFactory implements ClientHttpRequestFactory {

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

	private final SessionHttpClient client;

	private final Duration readTimeout;

	/**
	 * Create a factory.
	 * @param client sends the requests
	 * @param readTimeout for requests that do not say
	 */
	SessionHttpRequestFactory(SessionHttpClient client, Duration readTimeout) {
		this.client = client;
		this.readTimeout = readTimeout;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(uri, method);
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
			try {
				return execute(request(headers), SessionHttpRequestFactory.this.client);
			}
			catch (IOException ex) {
				BearerToken token = (BearerToken) getAttributes().get(TOKEN);
				throw (token != null && !AttemptFailure.isBeforeSending(ex)) ? token.mask(ex) : ex;
			}
		}

		private HttpRequest request(HttpHeaders headers) {
			HttpRequest.Builder request = HttpRequest.newBuilder(this.uri)
				.method(this.method.name(), (this.body.size() == 0) ? HttpRequest.BodyPublishers.noBody()
						: HttpRequest.BodyPublishers.ofByteArray(this.body.toByteArray()));
			headers.forEach((name, values) -> {
				if (!RESTRICTED.contains(name.toLowerCase(Locale.ROOT))) {
					values.forEach((value) -> request.header(name, value));
				}
			});
			return request.build();
		}

		private ClientHttpResponse execute(HttpRequest request, SessionHttpClient client) throws IOException {
			Duration timeout = (getAttributes().get(READ_TIMEOUT) instanceof Duration duration) ? duration
					: SessionHttpRequestFactory.this.readTimeout;
			if (isSet(STREAM)) {
				HttpResponse<InputStream> response = client.stream(request, timeout);
				return new Response(response, client.tracked(response.body()));
			}
			HttpResponse<byte[]> response = client.send(request, isSet(SHARED_CONNECTION), timeout);
			return new Response(response, new ByteArrayInputStream(response.body()));
		}

		private boolean isSet(String attribute) {
			return Boolean.TRUE.equals(getAttributes().get(attribute));
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
				headers = new HttpHeaders(CollectionUtils.toMultiValueMap(this.response.headers().map()));
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
