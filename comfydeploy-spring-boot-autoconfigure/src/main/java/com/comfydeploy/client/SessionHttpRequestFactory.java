package com.comfydeploy.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.ClientHttpRequestFactory;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.util.CollectionUtils;

import com.comfydeploy.client.AttemptFailure.Delivery;
import com.comfydeploy.internal.http.HttpTransport;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportRequest;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * {@link ClientHttpRequestFactory} over {@link HttpTransport}, with bodies as byte
 * arrays.
 */
final class SessionHttpRequestFactory implements ClientHttpRequestFactory {

	/** Codings that {@link HttpTransport} decodes. */
	private static final Set<String> READABLE_CODINGS = Set.of("gzip", "x-gzip", "identity", "");

	private final HttpTransport transport;

	private final Duration defaultTimeout;

	/**
	 * Create a factory.
	 * @param transport sends the requests
	 * @param defaultTimeout the timeout of requests without {@link AttemptOptions}
	 */
	SessionHttpRequestFactory(HttpTransport transport, Duration defaultTimeout) {
		this.transport = transport;
		this.defaultTimeout = defaultTimeout;
	}

	@Override
	public ClientHttpRequest createRequest(URI uri, HttpMethod method) {
		return new Request(uri, method);
	}

	/**
	 * A request that buffers its body.
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
			AttemptOptions options = AttemptOptions.of(this.attributes);
			checkCodings();
			TransportRequest request = new TransportRequest(this.method.name(), this.uri)
				.timeout(SessionHttpRequestFactory.this.defaultTimeout)
				.maxBody(SessionResponse.maxRead(200), SessionResponse.maxRead(500));
			if (options != null) {
				request.timeout(options.request().timeout())
					.pooled(options.request().operation().usesPooledConnection())
					.stream(options.streamHandler() != null);
			}
			this.headerMap.forEach((name, values) -> values.forEach((value) -> request.header(name, value)));
			if (this.body.size() > 0) {
				request.body(this.body.toByteArray());
			}
			try {
				TransportResponse response = SessionHttpRequestFactory.this.transport.send(request);
				if (options != null) {
					options.delivery().add(Delivery.of(response.status()));
				}
				if (options != null && options.streamHandler() != null) {
					options.streamHandler().accept(response);
				}
				return new Response(response);
			}
			catch (TransportException ex) {
				if (options == null) {
					throw ex;
				}
				options.delivery().add(Delivery.of(ex));
				throw options.token().mask(ex);
			}
		}

		/**
		 * Check the codings before the request is sent. Otherwise, a session could be
		 * created, and its id could not be read.
		 */
		private void checkCodings() throws TransportException {
			for (String codings : this.headerMap.getOrDefault(HttpHeaders.ACCEPT_ENCODING, List.of())) {
				for (String coding : codings.split(",")) {
					String name = coding.split(";", 2)[0].trim();
					if (!READABLE_CODINGS.contains(name)) {
						throw new TransportException("the header Accept-Encoding asks for '" + name
								+ "', but only gzip can be decoded: a ComfyDeployRestClientCustomizer must not set it",
								null, TransportException.Reason.UNSUPPORTED, false);
					}
				}
			}
		}

	}

	/**
	 * A response.
	 */
	private static final class Response implements ClientHttpResponse {

		private final TransportResponse response;

		private final HttpHeaders headers;

		private final InputStream body;

		Response(TransportResponse response) {
			this.response = response;
			this.headers = new HttpHeaders(CollectionUtils.toMultiValueMap(response.headers()));
			this.body = response.isStream() ? response.stream() : new ByteArrayBody(response.body());
		}

		@Override
		public HttpStatusCode getStatusCode() {
			return HttpStatusCode.valueOf(this.response.status());
		}

		@Override
		public String getStatusText() {
			HttpStatus status = HttpStatus.resolve(this.response.status());
			return (status != null) ? status.getReasonPhrase() : "";
		}

		@Override
		public HttpHeaders getHeaders() {
			return this.headers;
		}

		@Override
		public InputStream getBody() {
			return this.body;
		}

		@Override
		public void close() {
			this.response.close();
		}

	}

}
