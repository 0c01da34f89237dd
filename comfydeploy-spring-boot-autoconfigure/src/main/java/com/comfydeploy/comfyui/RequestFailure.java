package com.comfydeploy.comfyui;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException;
import com.comfydeploy.internal.http.TransportException.Reason;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * One request has no usable response.
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

	static RequestFailure unreadable(TransportResponse response, String what) {
		return new RequestFailure(null, response,
				"the response with status " + response.status() + " cannot be read: " + what);
	}

	/** A page of HTML says nothing in so few characters. */
	private static String quote(TransportResponse response) {
		String type = response.headers().getOrDefault("Content-Type", List.of("")).get(0);
		String body = new String(response.body(), 0, Math.min(response.body().length, MAX_QUOTED_BODY),
				StandardCharsets.UTF_8)
			.strip()
			.replaceAll("[\\p{Cntrl}\\s]+", " ");
		return (body.isEmpty() || type.contains("html")) ? "" : " (" + body + ")";
	}

	/**
	 * The status code, or {@code null} if there was no response.
	 */
	@Nullable Integer statusCode() {
		return (this.response != null) ? (Integer) this.response.status() : null;
	}

	/**
	 * What happened. It may quote the url.
	 */
	String what() {
		return this.message;
	}

	/**
	 * Whether ComfyUI may have carried out the request.
	 */
	boolean isAmbiguous() {
		if (this.transportException != null) {
			return this.transportException.isSent();
		}
		Integer status = statusCode();
		return status == null || status == 408 || status < 400 || status >= 500;
	}

	/**
	 * Whether the same request may succeed later, and it was the network or something
	 * between that failed.
	 */
	boolean isTransient() {
		if (this.transportException != null) {
			return this.transportException.getReason().isTransient();
		}
		Integer status = statusCode();
		return status != null && TRANSIENT_STATUS_CODES.contains(status);
	}

	/**
	 * Whether a read is tried again after it.
	 */
	boolean isRetryable(boolean connectionErrors) {
		Integer status = statusCode();
		if (status == null) {
			return connectionErrors && isTransient();
		}
		return isTransient() || status == 500;
	}

	/**
	 * Whether trying again is of no use, whatever the request.
	 */
	boolean isFinal() {
		return this.transportException != null && !isTransient();
	}

	/**
	 * Whether the caller, and not the network or ComfyUI, has ended the request.
	 */
	boolean endsCall() {
		return isInterrupted()
				|| (this.transportException != null && this.transportException.getReason() == Reason.CLOSED);
	}

	boolean isInterrupted() {
		return this.transportException != null && this.transportException.getReason() == Reason.INTERRUPTED;
	}

	/**
	 * The seconds that the server asks to wait, zero if it does not.
	 */
	long retryAfterSeconds() {
		if (this.response == null) {
			return 0;
		}
		String value = this.response.headers().getOrDefault("Retry-After", List.of("")).get(0).strip();
		return value.matches("[0-9]{1,9}") ? Long.parseLong(value) : 0;
	}

}
