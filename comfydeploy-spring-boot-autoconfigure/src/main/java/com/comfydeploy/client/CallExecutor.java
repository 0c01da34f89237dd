package com.comfydeploy.client;

import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.retry.backoff.BackOffInterruptedException;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployExceptionTranslator;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.UnreadableResponseException;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.json.UnreadableJsonException;
import com.comfydeploy.internal.observation.SafeObservations;

/**
 * Makes one logical call: observed as a whole, retried inside, and with one of our own
 * exceptions where it fails.
 */
final class CallExecutor {

	private static final Log logger = LogFactory.getLog(CallExecutor.class);

	private static final SessionObservationConvention DEFAULT_CONVENTION = new DefaultSessionObservationConvention();

	private final AttemptSender exchange;

	private final TimeSource time;

	private final ComfyDeployExceptionTranslator translator;

	private final SafeObservations observations;

	private final @Nullable SessionObservationConvention convention;

	private final List<CallListener> listeners;

	CallExecutor(AttemptSender exchange, TimeSource time, ComfyDeployExceptionTranslator translator,
			SafeObservations observations, @Nullable SessionObservationConvention convention,
			List<CallListener> listeners) {
		this.exchange = exchange;
		this.time = time;
		this.translator = translator;
		this.observations = observations;
		this.convention = convention;
		this.listeners = List.copyOf(listeners);
	}

	<T> T call(SessionRequest request, CallSettings settings, Function<SessionResponse, T> reader) {
		return call(request, settings, (call, response) -> false, reader);
	}

	/**
	 * Make a call for which some error responses are results.
	 * @param results whether an error response is passed to the reader, not thrown
	 */
	<T> T call(SessionRequest request, CallSettings settings, BiPredicate<SessionCall, SessionResponse> results,
			Function<SessionResponse, T> reader) {
		SessionObservationContext context = new SessionObservationContext(request.operation().toString());
		SessionCall call = new SessionCall(request, settings, context, this.time.nanoTime());
		Throwable failure = null;
		try {
			return this.observations.observe(this.convention, DEFAULT_CONVENTION, context,
					() -> read(call, exchange(call, results), reader));
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			notifyListeners(new CallListener.Call(context.getOperation(), context.getStatusCode(), failure,
					settings.bearer() == null));
		}
	}

	private void notifyListeners(CallListener.Call call) {
		for (CallListener listener : this.listeners) {
			this.observations.notifyListener("CallListener", () -> listener.onCall(call));
		}
	}

	private <T> T read(SessionCall call, SessionResponse response, Function<SessionResponse, T> reader) {
		try {
			return reader.apply(response);
		}
		catch (UnreadableJsonException ex) {
			throw unreadable(call, response, String.valueOf(ex.getMessage()));
		}
		catch (RuntimeException ex) {
			// No message: it may quote what the server sent
			throw unreadable(call, response, ex.getClass().getSimpleName());
		}
	}

	private SessionResponse exchange(SessionCall call, BiPredicate<SessionCall, SessionResponse> results) {
		try {
			return this.exchange.exchange(call);
		}
		catch (AttemptFailure failure) {
			SessionResponse response = failure.response();
			if (response != null && results.test(call, response)) {
				return response;
			}
			ComfyDeployException exception = toException(call, failure);
			throw report(failure.endsCall() ? withSuppressed(exception, call, call.previousFailure()) : exception);
		}
		catch (BackOffInterruptedException ex) {
			throw report(
					withSuppressed(transportException(call, ex.getMessage(), ex.getCause()), call, call.lastFailure()));
		}
		catch (Exception ex) {
			throw CallExecutor.<RuntimeException>sneakyThrow(ex);
		}
	}

	/** What ended the call is not why it had not succeeded. */
	private ComfyDeployException withSuppressed(ComfyDeployException exception, SessionCall call,
			@Nullable AttemptFailure failure) {
		if (failure != null) {
			exception.addSuppressed(toException(call, failure));
		}
		return exception;
	}

	private ComfyDeployException toException(SessionCall call, AttemptFailure failure) {
		SessionResponse response = failure.response();
		if (response == null) {
			Throwable source = source(failure);
			return transportException(call, describe(failure, source), source);
		}
		ApiErrorResponse error = call.toErrorResponse(response);
		try {
			ComfyDeployException translated = this.translator.translate(error);
			if (translated != null) {
				return translated;
			}
			return defaultException(error, new IllegalStateException("The exception translator returned null"));
		}
		catch (RuntimeException ex) {
			return defaultException(error, ex);
		}
	}

	private static ComfyDeployException defaultException(ApiErrorResponse response, RuntimeException failure) {
		ComfyDeployApiException exception = ComfyDeployApiException.of(response);
		exception.addSuppressed(failure);
		return exception;
	}

	private static String describe(AttemptFailure failure, @Nullable Throwable source) {
		String message = (failure.getCause() != null) ? failure.getCause().getMessage() : null;
		String what = (source instanceof TransportException) ? ""
				: (source != null) ? source.getClass().getSimpleName() : "no response";
		String advice = (failure.delivery() == AttemptFailure.Delivery.NOT_SENT && !failure.endsCall())
				? " - nothing was sent, check 'comfydeploy.base-url' and the network" : "";
		return ((message != null) ? (what.isEmpty() ? message : message + " (" + what + ")") : what) + advice;
	}

	/** What the JDK says of it, if it says anything. */
	private static @Nullable Throwable source(AttemptFailure failure) {
		Throwable cause = failure.getCause();
		return (cause instanceof TransportException && cause.getCause() != null) ? cause.getCause() : cause;
	}

	private static ComfyDeployException transportException(SessionCall call, @Nullable String what,
			@Nullable Throwable cause) {
		return new ComfyDeployTransportException(about(call) + what, cause, call.operation().toString(),
				call.attempts(), call.isOutcomeUnknown());
	}

	private static ComfyDeployException unreadable(SessionCall call, SessionResponse response, String what) {
		call.responseUnreadable();
		return report(new UnreadableResponseException(
				about(call) + "the answer with status " + response.statusCode() + " cannot be read: " + what,
				call.operation().toString(), call.attempts(), call.isOutcomeUnknown()));
	}

	private static String about(SessionCall call) {
		String sessionId = call.sessionId();
		return (sessionId != null) ? "session " + sessionId + ": " : "";
	}

	private static ComfyDeployException report(ComfyDeployException exception) {
		if (exception.isOutcomeUnknown()) {
			logger.warn(exception.getMessage());
		}
		return exception;
	}

	/**
	 * A token provider may throw what it does not declare, and it is not ours to wrap.
	 */
	@SuppressWarnings("unchecked")
	private static <E extends Exception> E sneakyThrow(Exception ex) throws E {
		throw (E) ex;
	}

}
