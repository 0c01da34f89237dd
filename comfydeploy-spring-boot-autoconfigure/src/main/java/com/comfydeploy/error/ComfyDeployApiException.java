package com.comfydeploy.error;

import java.time.Duration;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the server responds with an error: any 3xx, 4xx or 5xx.
 */
public class ComfyDeployApiException extends ComfyDeployException {

	/** Prefix of the names of the operations on machines. */
	private static final String MACHINE_PREFIX = "machine-";

	/** FastAPI's detail for an unknown path. */
	private static final String NO_ROUTE = "Not Found";

	/** Operations that name neither a session nor a machine. */
	private static final Set<String> PATHS = Set.of("list", "machine-list", "machine-prices");

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
		this.retryAfter = response.retryAfter();
	}

	/**
	 * Create the exception that matches the status code of a response. This is the
	 * default when the application has no {@link ComfyDeployExceptionTranslator}.
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
	 * Return the {@code detail} of FastAPI's error response. If the detail is not text,
	 * this method returns a description of at most 600 characters.
	 * @return the detail, or {@code null} if the response does not have one
	 */
	public @Nullable String getDetail() {
		return this.detail;
	}

	/**
	 * Return the body of the response, limited to 64 KiB.
	 * @return the body, possibly empty
	 */
	public String getResponseBody() {
		return this.responseBody;
	}

	/**
	 * Return the time to wait before another attempt, as requested by the server.
	 * @return the time to wait, relative to the response, or {@code null} if the server
	 * did not specify it
	 */
	public @Nullable Duration getRetryAfter() {
		return this.retryAfter;
	}

	private static String message(ApiErrorResponse response, ErrorBody body) {
		String advice = advice(response, body);
		String problem = session(response.sessionId()) + response.statusCode()
				+ ((body.summary().isEmpty()) ? "" : " " + body.summary());
		return message(response.operation(), (advice.isEmpty()) ? problem : truncate(problem, 700) + " - " + advice,
				response.attempts(), response.outcomeUnknown());
	}

	private static String session(@Nullable String id) {
		return (id != null) ? "session " + truncate(id, 100) + ": " : "";
	}

	private static String advice(ApiErrorResponse response, ErrorBody body) {
		String operation = response.operation();
		int statusCode = response.statusCode();
		return switch (statusCode) {
			case 401 -> "check the API key ('comfydeploy.bearer')";
			case 403 ->
				operation.startsWith(MACHINE_PREFIX) ? "use the API key of a user or an organization, not of a machine"
						: "check the plan and the balance of the ComfyDeploy account";
			case 404 -> adviceIfNotFound(operation, body.detail());
			case 429 -> "wait before the next call";
			case 500 ->
				(operation.equals("create") && body.detail() == null) ? "check that the machine's id is a UUID" : "";
			default -> (statusCode >= 300 && statusCode < 400)
					? "redirects are not followed, check 'comfydeploy.base-url'" : "";
		};
	}

	/**
	 * Return the advice for a 404: to check the path if the response is FastAPI's default
	 * or that of a gateway, or if the call names neither a session nor a machine.
	 */
	private static String adviceIfNotFound(String operation, @Nullable String detail) {
		if (detail == null || detail.equals(NO_ROUTE) || PATHS.contains(operation)) {
			return "check 'comfydeploy.base-url'";
		}
		if (operation.startsWith("create")) {
			return "check the machine's id, and 'comfydeploy.base-url'";
		}
		if (operation.startsWith(MACHINE_PREFIX)) {
			return "check the machine's id";
		}
		return operation.equals("increase-timeout")
				? "the session may have ended, or may have lost its deadline: check find(sessionId)"
				: "the session may have ended, or its id is wrong";
	}

	/**
	 * Thrown for status 401: the token is missing, malformed, expired or revoked.
	 */
	public static class Unauthorized extends ComfyDeployApiException {

		public Unauthorized(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * Thrown for status 403: the plan, the balance or the scope of the token does not
	 * allow the call.
	 */
	public static class Forbidden extends ComfyDeployApiException {

		public Forbidden(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * Thrown for status 404: the session or machine does not exist, has ended, or belongs
	 * to another account.
	 */
	public static class NotFound extends ComfyDeployApiException {

		public NotFound(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * Thrown for status 429: too many requests.
	 *
	 * @see #getRetryAfter()
	 */
	public static class TooManyRequests extends ComfyDeployApiException {

		public TooManyRequests(ApiErrorResponse response) {
			super(response);
		}

	}

	/**
	 * Thrown for status 5xx: the server, or a gateway in front of it, failed.
	 */
	public static class ServerError extends ComfyDeployApiException {

		public ServerError(ApiErrorResponse response) {
			super(response);
		}

	}

}
