package com.comfydeploy.comfyui;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Thrown if one request has no usable response.
 */
@SuppressWarnings("serial")
final class RequestFailure extends RuntimeException {

	private static final Set<Integer> TRANSIENT_STATUS_CODES = Set.of(408, 425, 429, 502, 503, 504);

	private static final int MAX_QUOTED_BODY = 200;

	private final @Nullable TransportException transportException;

	private final @Nullable TransportResponse response;

	private final String message;

	private RequestFailure(@Nullable TransportException transportException, @Nullable TransportResponse response,
			String message) {
		super(null, transportException, false, false);
		this.transportException = transportException;
		this.response = response;
		this.message = message;
	}

	static RequestFailure of(TransportException ex) {
		return new RequestFailure(ex, null, String.valueOf(ex.getMessage()));
	}

	static RequestFailure of(TransportResponse response) {
		return new RequestFailure(null, response, "status " + response.status() + quote(response));
	}

	/**
	 * Create a failure whose reason the status does not show.
	 */
	static RequestFailure of(TransportResponse response, String reason) {
		return new RequestFailure(null, response, "status " + response.status() + ": " + reason);
	}

	static RequestFailure unreadable(TransportResponse response, String problem) {
		return new RequestFailure(null, response,
				"the response with status " + response.status() + " cannot be read: " + problem);
	}

	/** The beginning of an HTML page is of no use. */
	private static String quote(TransportResponse response) {
		if (isPage(response)) {
			return " (an HTML page, which does not come from ComfyUI)";
		}
		String body = new String(response.body(), 0, Math.min(response.body().length, MAX_QUOTED_BODY),
				StandardCharsets.UTF_8)
			.strip()
			.replaceAll("[\\p{Cntrl}\\s]+", " ");
		return body.isEmpty() ? "" : " (" + body + ")";
	}

	/**
	 * Return whether the response is an HTML page. ComfyUI does not respond with one to
	 * requests of this client, not even for an output file: it can only come from a
	 * gateway.
	 */
	static boolean isPage(TransportResponse response) {
		return response.headers()
			.getOrDefault("Content-Type", List.of(""))
			.get(0)
			.toLowerCase(Locale.ROOT)
			.contains("html");
	}

	/**
	 * Return the status code, or {@code null} if there was no response.
	 */
	@Nullable Integer statusCode() {
		return (this.response != null) ? (Integer) this.response.status() : null;
	}

	/**
	 * Return a description, which may contain the URL.
	 */
	String description() {
		return this.message;
	}

	/**
	 * Return whether ComfyUI may have processed the request.
	 */
	boolean isAmbiguous() {
		if (this.transportException != null) {
			return this.transportException.isSent();
		}
		Integer status = statusCode();
		return status == null || status == 408 || status < 400 || status >= 500;
	}

	/**
	 * Return whether the network or a gateway failed, and the same request may succeed
	 * later.
	 */
	boolean isTransient() {
		if (this.transportException != null) {
			return this.transportException.getReason().isTransient();
		}
		Integer status = statusCode();
		return status != null && TRANSIENT_STATUS_CODES.contains(status);
	}

	/**
	 * Return whether ComfyUI itself could not respond to a poll. A gateway responds with
	 * other status codes, or with a page.
	 */
	boolean isOfComfyUi() {
		return this.response != null && (this.response.status() == 500 || this.response.status() / 100 == 2)
				&& !isPage(this.response);
	}

	/**
	 * Return whether an idempotent request is retried after it.
	 */
	boolean isRetryable(boolean connectionErrors) {
		Integer status = statusCode();
		if (status == null) {
			return connectionErrors && isTransient();
		}
		return isTransient() || status == 500;
	}

	/**
	 * Return whether any retry is pointless.
	 */
	boolean isFinal() {
		return this.transportException != null && !isTransient();
	}

	/**
	 * Return whether the caller has ended the request.
	 */
	boolean endsCall() {
		return isInterrupted()
				|| (this.transportException != null && this.transportException.getReason() == Reason.CLOSED);
	}

	boolean isInterrupted() {
		return this.transportException != null && this.transportException.getReason() == Reason.INTERRUPTED;
	}

	/**
	 * Return what the caller can do, as the rest of a message, or an empty text.
	 */
	String advice() {
		Integer status = statusCode();
		if (status == null) {
			return isTransient() ? ". The session may have ended: check it" : "";
		}
		if (status / 100 == 3) {
			return ". The client does not follow redirects: check the URL of the session";
		}
		if (status == 401) {
			return ". The URL requires a login, which a session does not: check the URL of the session";
		}
		return isGateway() ? ". The session may have ended: check it, and its URL" : "";
	}

	/** ComfyUI responds to this client with neither a page nor these status codes. */
	private boolean isGateway() {
		return this.response != null && (isPage(this.response) || this.response.status() / 100 == 5 && isTransient());
	}

	/**
	 * Return the time that the server asked to wait, or zero.
	 */
	Duration retryAfter() {
		Duration wait = (this.response != null) ? ApiErrorResponse.retryAfter(this.response.headers(), Instant.now())
				: null;
		return (wait != null) ? wait : Duration.ZERO;
	}

}
