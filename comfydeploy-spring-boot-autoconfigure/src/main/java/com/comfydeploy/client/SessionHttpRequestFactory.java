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
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.CollectionUtils;

/**
 * {@link ClientHttpRequestFactory} over a {@link SessionHttpClient} that moves bodies as
 * byte arrays.
 */
final class SessionHttpRequestFactory implements ClientHttpRequestFactory {

	/** Headers that the JDK writes by itself and does not let anybody set. */
	private static final Set<String> RESTRICTED = Set.of("connection", "content-length", "expect", "host", "upgrade");

	private final SessionHttpClient client;

	private final ExchangeOptions defaults;

	/**
	 * Create a factory.
	 * @param client sends the requests
	 * @param readTimeout for requests that bring no {@link ExchangeOptions}
	 */
	SessionHttpRequestFactory(SessionHttpClient client, Duration readTimeout) {
		this.client = client;
		this.defaults = new ExchangeOptions(readTimeout, false, false, null);
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(uri, method);
	}

	/**
	 * A request that keeps its body until it is executed.
	 */
	private final class Request implements ClientHttpRequest {

		private final URI uri;

		private final HttpMethod method;

		private final Map<String, List<String>> headerMap = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

		private final HttpHeaders headers = new HttpHeaders(CollectionUtils.toMultiValueMap(this.headerMap));

		private final Map<String, Object> attributes = new HashMap<>(2);

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
		public HttpHeaders getHeaders() {
			return this.headers;
		}

		@Override
		public Map<String, Object> getAttributes() {
			return this.attributes;
		}

		@Override
		public OutputStream getBody() {
			return this.body;
		}

		@Override
		public ClientHttpResponse execute() throws IOException {
			ExchangeOptions given = ExchangeOptions.of(this.attributes);
			ExchangeOptions options = (given != null) ? given : SessionHttpRequestFactory.this.defaults;
			try {
				return execute(SessionHttpRequestFactory.this.client, options);
			}
			catch (IOException ex) {
				throw options.masked(ex);
			}
		}

		private ClientHttpResponse execute(SessionHttpClient client, ExchangeOptions options) throws IOException {
			if (options.stream()) {
				HttpResponse<InputStream> response = client.stream(toHttpRequest(), options.readTimeout());
				return new Response(response, client.tracked(response.body()));
			}
			HttpResponse<byte[]> response = client.send(toHttpRequest(), options.sharedConnection(),
					options.readTimeout());
			return new Response(response, new ByteArrayBody(response.body()));
		}

		private HttpRequest toHttpRequest() {
			HttpRequest.Builder request = HttpRequest.newBuilder(this.uri)
				.method(this.method.name(), (this.body.size() == 0) ? HttpRequest.BodyPublishers.noBody()
						: HttpRequest.BodyPublishers.ofByteArray(this.body.toByteArray()));
			this.headerMap.forEach((name, values) -> {
				if (!RESTRICTED.contains(name.toLowerCase(Locale.ROOT))) {
					values.forEach((value) -> request.header(name, value));
				}
			});
			return request.build();
		}

	}

	/**
	 * A body that need not be copied.
	 */
	static final class ByteArrayBody extends ByteArrayInputStream {

		ByteArrayBody(byte[] body) {
			super(body);
		}

		byte[] array() {
			return this.buf;
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
