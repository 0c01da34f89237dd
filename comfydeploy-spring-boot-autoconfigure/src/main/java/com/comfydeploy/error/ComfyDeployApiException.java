package com.comfydeploy.error;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The server answered with an error: any 3xx, 4xx or 5xx.
 */
public class ComfyDeployApiException extends ComfyDeployException {

	private final int statusCode;

	private final @Nullable String detail;

	private final String responseBody;

	private final @Nullable Duration retryAfter;

	/**
	 * Create an exception for a response.
	 * @param response the response
	 */
	public ComfyDeployApiException(ApiErrorResponse response) {
		this(response, ErrorBody.parse(response.body()));
	}

	ComfyDeployApiException(ApiErrorResponse response, ErrorBody body) {
		super(message(response, body), null, response.operation(), response.attempts(), response.outcomeUnknown());
		this.statusCode = response.statusCode();
		this.detail = body.detail();
		this.responseBody = response.body();
		this.retryAfter = response.retryAfter(Instant.now());
	}

	/**
	 * Create the exception whose type fits the status of a response, which is what is
	 * thrown when the application has no {@link ComfyDeployExceptionTranslator} of its
	 * own.
	 * @param response the response
	 * @return the exception
	 */
	public static ComfyDeployApiException of(ApiErrorResponse response) {
		return switch (response.statusCode()) {
			case 401 -> new Unauthorized(response);
			case 403 -> new Forbidden(response);
			case 404 -> new NotFound(response);
			case 422 -> new HttpValidationException(response);
			case 429 -> new TooManyRequests(response);
			default -> (response.statusCode() >= 500 && response.statusCode() < 600) ? new ServerError(response)
					: new ComfyDeployApiException(response);
		};
	}

	/**
	 * Return the HTTP status code.
	 * @return the status code
	 */
	public int getStatusCode() {
		return this.statusCode;
	}

	/**
	 * Return what FastAPI's {@code detail} says: its text, or a short rendering of
	 * anything else that it may be.
	 * @return the detail, or {@code null} if the response has none
	 */
	public @Nullable String getDetail() {
		return this.detail;
	}

	/**
	 * Return the body of the response, up to 64 KiB of it.
	 * @return the body, maybe empty
	 */
	public String getResponseBody() {
		return this.responseBody;
	}

	/**
	 * Return how long the server asked to wait before another attempt.
	 * @return the wait counted from the response, or {@code null} if it did not say
	 */
	public @Nullable Duration getRetryAfter() {
		return this.retryAfter;
	}

	private static String message(ApiErrorResponse response, ErrorBody body) {
		String advice = advice(response.statusCode());
		String what = response.statusCode() + ((body.summary().isEmpty()) ? "" : " " + body.summary());
		return message(response.operation(), (advice.isEmpty()) ? what : abbreviate(what, 700) + " - " + advice,
				response.attempts(), response.outcomeUnknown());
	}

	private static String advice(int statusCode) {
		return switch (statusCode) {
			case 401 -> "check the API key ('comfydeploy.bearer')";
			case 403 -> "check the plan and the balance of the ComfyDeploy account";
			case 429 -> "wait before the next call";
			default -> (statusCode >= 300 && statusCode < 400)
					? "redirects are not followed, check 'comfydeploy.base-url'" : "";
		};
	}

	/**
	 * The token is missing, malformed, expired or revoked (401).
	 */
	public static class Unauthorized extends ComfyDeployApiException {

		public Unauthorized(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * The plan, the balance or the token's scope does not allow the call (403).
	 */
	public static class Forbidden extends ComfyDeployApiException {

		public Forbidden(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * The session or machine is unknown, has ended or belongs to somebody else (404).
	 */
	public static class NotFound extends ComfyDeployApiException {

		public NotFound(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * There were too many requests (429).
	 *
	 * @see #getRetryAfter()
	 */
	public static class TooManyRequests extends ComfyDeployApiException {

		public TooManyRequests(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * The server, or a gateway before it, failed (5xx).
	 */
	public static class ServerError extends ComfyDeployApiException {

		public ServerError(ApiErrorResponse response) {
			super(response);
		}

	}

}
