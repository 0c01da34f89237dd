package com.comfydeploy.client;

import java.util.List;
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
import com.comfydeploy.internal.observation.SafeObservation;
import com.comfydeploy.internal.observation.SafeObservations;

/**
 * Executes a call: observes it as a whole, lets the {@link AttemptSender} make and repeat
 * attempts, and converts the last failure to an exception of this library.
 */
final class CallExecutor {

	private static final Log logger = LogFactory.getLog(CallExecutor.class);

	private static final SessionObservationConvention DEFAULT_CONVENTION = new DefaultSessionObservationConvention();

	private final AttemptSender sender;

	private final Sleeper time;

	private final ComfyDeployExceptionTranslator translator;

	private final SafeObservations observations;

	private final @Nullable SessionObservationConvention convention;

	private final List<CallListener> listeners;

	CallExecutor(AttemptSender sender, Sleeper time, ComfyDeployExceptionTranslator translator,
			SafeObservations observations, @Nullable SessionObservationConvention convention,
			List<CallListener> listeners) {
		this.sender = sender;
		this.time = time;
		this.translator = translator;
		this.observations = observations;
		this.convention = convention;
		this.listeners = List.copyOf(listeners);
	}

	<T> T call(SessionRequest request, CallSettings settings, Function<SessionResponse, T> reader) {
		return call(request, settings, reader, (call, error) -> null);
	}

	/**
	 * Execute a call for which some error responses are results.
	 * @param reader reads a success
	 * @param errorReader reads an error response
	 */
	<T> T call(SessionRequest request, CallSettings settings, Function<SessionResponse, T> reader,
			ErrorReader<T> errorReader) {
		SessionObservationContext context = new SessionObservationContext(request.operation().toString());
		SafeObservation observation = this.observations.create();
		observation.start(this.convention, DEFAULT_CONVENTION, () -> context);
		Throwable failure = null;
		try {
			return send(new SessionCall(request, settings, context, this.time.nanoTime()), reader, errorReader);
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			observation.stop(failure);
			notifyListeners(new CallListener.Call(context.getOperation(), context.getStatusCode(), failure,
					settings.bearer() == null));
		}
	}

	private void notifyListeners(CallListener.Call call) {
		for (CallListener listener : this.listeners) {
			this.observations.notifyListener("CallListener", () -> listener.onCall(call));
		}
	}

	private <T> T send(SessionCall call, Function<SessionResponse, T> reader, ErrorReader<T> errorReader) {
		SessionResponse response;
		try {
			response = this.sender.send(call);
		}
		catch (AttemptFailure failure) {
			ApiErrorResponse error = failure.response();
			T result = (error != null) ? errorReader.read(call, error) : null;
			if (result != null) {
				return result;
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
		return read(call, response, reader);
	}

	private static <T> T read(SessionCall call, SessionResponse response, Function<SessionResponse, T> reader) {
		try {
			return reader.apply(response);
		}
		catch (UnreadableJsonException ex) {
			throw unreadable(call, response, String.valueOf(ex.getMessage()));
		}
		catch (RuntimeException ex) {
			// Without its message, which may quote the response
			throw unreadable(call, response, ex.getClass().getSimpleName());
		}
	}

	/**
	 * Keep the earlier failure as suppressed: it is why the call had not yet succeeded.
	 */
	private ComfyDeployException withSuppressed(ComfyDeployException exception, SessionCall call,
			@Nullable AttemptFailure failure) {
		if (failure != null) {
			exception.addSuppressed(toException(call, failure));
		}
		return exception;
	}

	private ComfyDeployException toException(SessionCall call, AttemptFailure failure) {
		ApiErrorResponse error = failure.response();
		if (error == null) {
			Throwable source = source(failure);
			return transportException(call, describeFailure(failure, source), source);
		}
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

	private static ComfyDeployException defaultException(ApiErrorResponse error, RuntimeException translatorFailure) {
		ComfyDeployApiException exception = ComfyDeployApiException.of(error);
		exception.addSuppressed(translatorFailure);
		return exception;
	}

	private static String describeFailure(AttemptFailure failure, @Nullable Throwable source) {
		String message = (failure.getCause() != null) ? failure.getCause().getMessage() : null;
		String type = (source instanceof TransportException) ? ""
				: (source != null) ? source.getClass().getSimpleName() : "no response";
		String advice = (failure.delivery() == AttemptFailure.Delivery.NOT_SENT && !failure.endsCall())
				? " - nothing was sent, check 'comfydeploy.base-url' and the network" : "";
		return ((message != null) ? (type.isEmpty() ? message : message + " (" + type + ")") : type) + advice;
	}

	/** Return the JDK's exception, if there is one. */
	private static @Nullable Throwable source(AttemptFailure failure) {
		Throwable cause = failure.getCause();
		return (cause instanceof TransportException && cause.getCause() != null) ? cause.getCause() : cause;
	}

	private static ComfyDeployException transportException(SessionCall call, @Nullable String problem,
			@Nullable Throwable cause) {
		return new ComfyDeployTransportException(sessionPrefix(call) + problem, cause, call.operation().toString(),
				call.attempts(), call.isOutcomeUnknown());
	}

	private static ComfyDeployException unreadable(SessionCall call, SessionResponse response, String problem) {
		call.responseUnreadable();
		return report(new UnreadableResponseException(sessionPrefix(call) + "the response with status "
				+ response.statusCode() + " cannot be read: " + problem, call.operation().toString(), call.attempts(),
				call.isOutcomeUnknown()));
	}

	private static String sessionPrefix(SessionCall call) {
		String sessionId = call.sessionId();
		return (sessionId != null) ? "session " + sessionId + ": " : "";
	}

	private static ComfyDeployException report(ComfyDeployException exception) {
		if (exception.isOutcomeUnknown()) {
			logger.warn(exception.getMessage());
		}
		return exception;
	}

	/** Throw an exception of the token provider as it is, even if it is checked. */
	@SuppressWarnings("unchecked")
	private static <E extends Exception> E sneakyThrow(Exception ex) throws E {
		throw (E) ex;
	}

	/**
	 * Reads an error response that may be the result of a call.
	 *
	 * @param <T> the type of the result
	 */
	@FunctionalInterface
	interface ErrorReader<T> {

		/**
		 * Read an error response.
		 * @param call the call
		 * @param error the response
		 * @return the result, or {@code null} if the call has failed
		 */
		@Nullable T read(SessionCall call, ApiErrorResponse error);

	}

}
