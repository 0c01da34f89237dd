package com.comfydeploy.client;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.retry.annotation.Retryable;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.client.RestClient;

import com.comfydeploy.client.SessionHttpRequestFactory.ExchangeOptions;

/**
 * {@link SessionExchange} that makes one attempt with a {@link RestClient}.
 */
class RestClientSessionExchange implements SessionExchange {

	private static final Log logger = LogFactory.getLog(RestClientSessionExchange.class);

	private final RestClient restClient;

	private final BearerTokenProvider tokenProvider;

	private final BooleanSupplier closed;

	private final BiConsumer<String, String> retryListener;

	RestClientSessionExchange(RestClient restClient, BearerTokenProvider tokenProvider, BooleanSupplier closed,
			BiConsumer<String, String> retryListener) {
		this.restClient = restClient;
		this.tokenProvider = tokenProvider;
		this.closed = closed;
		this.retryListener = retryListener;
	}

	@Override
	@Retryable(interceptor = SessionRetry.INTERCEPTOR)
	public SessionReply exchange(SessionCall call) {
		BearerToken token = token(call.settings());
		begin(call);
		SessionReply reply;
		try {
			reply = send(call.request(), call.settings().headers(), token);
		}
		catch (RuntimeException ex) {
			AttemptFailure failure = AttemptFailure.of(cause(ex));
			logger.debug(call.operation() + ": " + failure.reason());
			throw failed(call, failure);
		}
		call.attemptAnswered(reply);
		if (logger.isDebugEnabled()) {
			logger.debug(call.operation() + ": " + reply.statusCode());
		}
		if (!reply.isSuccessful()) {
			throw failed(call, AttemptFailure.of(reply.masking(token)));
		}
		return reply;
	}

	private BearerToken token(CallSettings settings) {
		BearerToken token = settings.bearer();
		return (token != null) ? token : BearerToken.of(this.tokenProvider.getToken());
	}

	private void begin(SessionCall call) {
		if (Thread.currentThread().isInterrupted()) {
			throw failed(call, AttemptFailure.notSent(new RequestInterruptedException("interrupted before sending")));
		}
		if (this.closed.getAsBoolean()) {
			throw failed(call, AttemptFailure.notSent(new ClientClosedException()));
		}
		AttemptFailure lastFailure = call.lastFailure();
		if (lastFailure != null) {
			tellOfRetry(call.operation().toString(), lastFailure.reason());
		}
		call.attemptBegins();
	}

	/** A meter that fails is no reason for the call to. */
	private void tellOfRetry(String operation, String reason) {
		try {
			this.retryListener.accept(operation, reason);
		}
		catch (RuntimeException ex) {
			logger.warn("A retry of " + operation + " was not counted", ex);
		}
	}

	private SessionReply send(SessionRequest request, Map<String, String> additionalHeaders, BearerToken token) {
		Operation operation = request.operation();
		RestClient.RequestBodySpec spec = this.restClient.method(operation.method())
			.uri(request.uriTemplate(), request.uriVariables().toArray())
			.attribute(ExchangeOptions.ATTRIBUTE, new ExchangeOptions(request.readTimeout(),
					operation.mayShareConnections(), operation.isStream(), token));
		if (operation.isStream()) {
			spec.accept(MediaType.TEXT_EVENT_STREAM);
		}
		byte[] body = request.body();
		if (body != null) {
			spec.contentType(MediaType.APPLICATION_JSON).body((stream) -> stream.write(body));
		}
		return spec.headers((headers) -> {
			additionalHeaders.forEach(headers::set);
			headers.set(HttpHeaders.AUTHORIZATION, token.authorization());
		})
			.exchange((sent, response) -> operation.isStream() ? SessionReply.open(response)
					: SessionReply.read(response), !operation.isStream());
	}

	private static AttemptFailure failed(SessionCall call, AttemptFailure failure) {
		call.attemptFailed(failure);
		return failure;
	}

	private static Throwable cause(RuntimeException ex) {
		Throwable cause = ex.getCause();
		return (ex instanceof ResourceAccessException && cause != null) ? cause : ex;
	}

}
