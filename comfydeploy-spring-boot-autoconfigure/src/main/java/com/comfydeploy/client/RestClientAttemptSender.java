package com.comfydeploy.client;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.client.observation.ClientRequestObservationConvention;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

import com.comfydeploy.client.AttemptFailure.Delivery;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;
import com.comfydeploy.internal.http.TransportResponse;
import com.comfydeploy.internal.observation.SafeObservations;

/**
 * {@link AttemptSender} that sends one HTTP request with a {@link RestClient}.
 */
class RestClientAttemptSender implements AttemptSender {

	private static final Log logger = LogFactory.getLog(RestClientAttemptSender.class);

	private final RestClient restClient;

	private final String baseUrl;

	private final String basePath;

	private final BearerTokenProvider tokenProvider;

	private final BooleanSupplier closed;

	private final Sleeper time;

	private final RetryListener retryListener;

	private final SafeObservations observations;

	private final @Nullable ClientRequestObservationConvention convention;

	private volatile @Nullable AuthorizedClient lastClient;

	RestClientAttemptSender(RestClient restClient, String baseUrl, BearerTokenProvider tokenProvider,
			BooleanSupplier closed, Sleeper time, RetryListener retryListener, SafeObservations observations,
			@Nullable ClientRequestObservationConvention convention) {
		this.restClient = restClient;
		this.baseUrl = baseUrl;
		this.basePath = URI.create(baseUrl).getRawPath();
		this.tokenProvider = tokenProvider;
		this.closed = closed;
		this.time = time;
		this.retryListener = retryListener;
		this.observations = observations;
		this.convention = convention;
	}

	@Override
	@Retryable(interceptor = SessionRetry.INTERCEPTOR)
	public SessionResponse send(SessionCall call) {
		BearerToken bearer = call.settings().bearer();
		AuthorizedClient client = (bearer != null) ? new AuthorizedClient(this.restClient, bearer)
				: authorizedClient(this.tokenProvider.getToken());
		beginAttempt(call);
		long start = System.nanoTime();
		AttemptDelivery delivery = new AttemptDelivery();
		SessionResponse response;
		try {
			response = send(client, call, delivery);
		}
		catch (RuntimeException ex) {
			AttemptFailure failure = AttemptFailure.of(unwrap(ex), delivery.get());
			log(call, failure.reason(), start);
			throw call.attemptFailed(failure);
		}
		call.responseReceived(response);
		log(call, response.statusCode(), start);
		if (!response.isSuccessful()) {
			throw call.attemptFailed(response, delivery.get(), client.token(), this.time.now());
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
	 * Keep the client with the last token, because most providers return the same token
	 * again. RestClient copies the headers of a request twice, but those of a client
	 * once. This saves 1 kB for each call.
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

	private void beginAttempt(SessionCall call) {
		if (Thread.currentThread().isInterrupted()) {
			throw notSent(call, "interrupted before sending", Reason.INTERRUPTED);
		}
		if (this.closed.getAsBoolean()) {
			throw notSent(call, "the client has been closed", Reason.CLOSED);
		}
		AttemptFailure lastFailure = call.lastFailure();
		if (lastFailure != null) {
			notifyRetry(
					new RetryListener.Retry(call.operation().toString(), call.attempts() + 1, lastFailure.reason()));
		}
		call.attemptStarted();
	}

	private static AttemptFailure notSent(SessionCall call, String message, Reason reason) {
		return call
			.attemptFailed(AttemptFailure.of(new TransportException(message, null, reason, false), Delivery.NOT_SENT));
	}

	/** A failing listener must not fail the call. */
	private void notifyRetry(RetryListener.Retry retry) {
		this.observations.notifyListener("RetryListener", () -> this.retryListener.onRetry(retry));
	}

	private SessionResponse send(AuthorizedClient client, SessionCall call, AttemptDelivery delivery) {
		SessionRequest request = call.request();
		AtomicReference<TransportResponse> stream = new AtomicReference<>();
		boolean isStream = request.operation().isStream();
		RestClient.RequestBodySpec spec = client.restClient()
			.method(request.operation().method())
			.uri(request.uri(this.baseUrl))
			.attribute(AttemptOptions.ATTRIBUTE,
					new AttemptOptions(request, client.token(), isStream ? stream::set : null, delivery));
		if (isStream) {
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
		AttemptObservation observation = new AttemptObservation(this.observations, this.convention,
				this.basePath + request.uriTemplate());
		return isStream ? open(spec, observation, stream) : send(spec, observation, SessionResponse::read, true);
	}

	private static SessionResponse send(RestClient.RequestBodySpec spec, AttemptObservation observation, Reader reader,
			boolean close) {
		Throwable error = null;
		try {
			return spec.httpRequest(observation::start).exchange((request, response) -> {
				observation.responseReceived(response);
				return reader.read(response);
			}, close);
		}
		catch (Throwable ex) {
			error = ex;
			throw ex;
		}
		finally {
			observation.stop(error);
		}
	}

	/**
	 * Open a stream. The timeout limits the interceptors that read the stream, but not
	 * the caller that reads it later.
	 */
	private static SessionResponse open(RestClient.RequestBodySpec spec, AttemptObservation observation,
			AtomicReference<TransportResponse> stream) {
		boolean opened = false;
		try {
			SessionResponse response = send(spec, observation, SessionResponse::open, false);
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

	private static Throwable unwrap(RuntimeException ex) {
		Throwable cause = ex.getCause();
		return (ex instanceof ResourceAccessException && cause != null) ? cause : ex;
	}

	/**
	 * A client and the token of its requests.
	 */
	private record AuthorizedClient(RestClient restClient, BearerToken token) {

	}

	/**
	 * Reads a response.
	 */
	@FunctionalInterface
	private interface Reader {

		SessionResponse read(ClientHttpResponse response) throws IOException;

	}

}
