package com.comfydeploy.client;

import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * {@link AttemptSender} that makes one attempt with a {@link RestClient}.
 */
class RestClientAttemptSender implements AttemptSender {

	private static final Log logger = LogFactory.getLog(RestClientAttemptSender.class);

	private final RestClient restClient;

	private final String baseUrl;

	private final String basePath;

	private final BearerTokenProvider tokenProvider;

	private final BooleanSupplier closed;

	private final RetryListener retryListener;

	private final AttemptObservations observations;

	private volatile @Nullable AuthorizedClient lastClient;

	RestClientAttemptSender(RestClient restClient, String baseUrl, BearerTokenProvider tokenProvider,
			BooleanSupplier closed, RetryListener retryListener, AttemptObservations observations) {
		this.restClient = restClient;
		this.baseUrl = baseUrl;
		this.basePath = URI.create(baseUrl).getRawPath();
		this.tokenProvider = tokenProvider;
		this.closed = closed;
		this.retryListener = retryListener;
		this.observations = observations;
	}

	@Override
	@Retryable(interceptor = SessionRetry.INTERCEPTOR)
	public SessionResponse exchange(SessionCall call) {
		BearerToken bearer = call.settings().bearer();
		AuthorizedClient client = (bearer != null) ? new AuthorizedClient(this.restClient, bearer)
				: authorizedClient(this.tokenProvider.getToken());
		begin(call);
		long start = System.nanoTime();
		SessionResponse response;
		try {
			response = send(client, call);
		}
		catch (RuntimeException ex) {
			AttemptFailure failure = AttemptFailure.of(cause(ex));
			log(call, failure.reason(), start);
			throw failed(call, failure);
		}
		call.responseReceived(response);
		log(call, response.statusCode(), start);
		if (!response.isSuccessful()) {
			throw failed(call, AttemptFailure.of(response.masking(client.token())));
		}
		return response;
	}

	private static void log(SessionCall call, Object result, long start) {
		if (logger.isDebugEnabled()) {
			logger.debug(call.description() + ": " + result + " in "
					+ Duration.ofNanos(System.nanoTime() - start).toMillis() + " ms");
		}
	}

	/**
	 * Most providers give the same token again, and RestClient copies the headers of a
	 * client once where it copies those of a request twice: 1 kB of 33.
	 */
	private AuthorizedClient authorizedClient(@Nullable String token) {
		AuthorizedClient client = this.lastClient;
		if (client == null || !client.token().matches(token)) {
			BearerToken bearer = BearerToken.of(token);
			client = new AuthorizedClient(this.restClient.mutate()
				.defaultHeaders((headers) -> headers.set(HttpHeaders.AUTHORIZATION, bearer.authorization()))
				.build(), bearer);
			this.lastClient = client;
		}
		return client;
	}

	private void begin(SessionCall call) {
		if (Thread.currentThread().isInterrupted()) {
			throw failed(call, AttemptFailure
				.of(new TransportException("interrupted before sending", null, Reason.INTERRUPTED, false)));
		}
		if (this.closed.getAsBoolean()) {
			throw failed(call, AttemptFailure
				.of(new TransportException("the client has been closed", null, Reason.CLOSED, false)));
		}
		AttemptFailure lastFailure = call.lastFailure();
		if (lastFailure != null) {
			notifyRetry(
					new RetryListener.Retry(call.operation().toString(), call.attempts() + 1, lastFailure.reason()));
		}
		call.attemptStarted();
	}

	/** A listener that fails must not fail the call. */
	private void notifyRetry(RetryListener.Retry retry) {
		this.observations.notifyListener("RetryListener", () -> this.retryListener.onRetry(retry));
	}

	private SessionResponse send(AuthorizedClient client, SessionCall call) {
		SessionRequest request = call.request();
		Operation operation = call.operation();
		AtomicReference<TransportResponse> stream = new AtomicReference<>();
		RestClient.RequestBodySpec spec = client.restClient()
			.method(operation.method())
			.uri(SessionUri.expand(this.baseUrl, request.uriTemplate(), request.uriVariables()))
			.attribute(AttemptOptions.ATTRIBUTE, new AttemptOptions(request.readTimeout(),
					operation.usesPooledConnection(), operation.isStream() ? stream::set : null, client.token()));
		if (operation.isStream()) {
			spec.accept(MediaType.TEXT_EVENT_STREAM);
		}
		byte[] body = request.body();
		if (body != null) {
			spec.contentType(MediaType.APPLICATION_JSON).body((out) -> out.write(body));
		}
		call.settings().headers().forEach((name, value) -> spec.headers((headers) -> headers.set(name, value)));
		if (call.settings().bearer() != null) {
			spec.headers((headers) -> headers.set(HttpHeaders.AUTHORIZATION, client.token().authorization()));
		}
		String uriTemplate = this.basePath + request.uriTemplate();
		return operation.isStream() ? open(spec, uriTemplate, stream)
				: this.observations.exchange(spec, uriTemplate, SessionResponse::read, true);
	}

	/**
	 * The read timeout bounds all that interceptors do with a stream, and not its reader.
	 */
	private SessionResponse open(RestClient.RequestBodySpec spec, String uriTemplate,
			AtomicReference<TransportResponse> stream) {
		boolean opened = false;
		try {
			SessionResponse response = this.observations.exchange(spec, uriTemplate, SessionResponse::open, false);
			opened = true;
			return response;
		}
		finally {
			TransportResponse response = stream.get();
			if (response != null && opened) {
				response.removeDeadline();
			}
			else if (response != null) {
				response.close();
			}
		}
	}

	private static AttemptFailure failed(SessionCall call, AttemptFailure failure) {
		call.attemptFailed(failure);
		return failure;
	}

	private static Throwable cause(RuntimeException ex) {
		Throwable cause = ex.getCause();
		return (ex instanceof ResourceAccessException && cause != null) ? cause : ex;
	}

	/**
	 * A client and the token that its requests bring.
	 */
	private record AuthorizedClient(RestClient restClient, BearerToken token) {

	}

}
