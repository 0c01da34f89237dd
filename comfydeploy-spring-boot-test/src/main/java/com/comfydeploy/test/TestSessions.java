package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.json.JsonWriter;
import org.springframework.util.Assert;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Factory of {@link Session} values and exceptions, for tests with a mock of
 * {@link SessionOperations}. Two sessions that are built in the same way are equal. The
 * exceptions have the values of a call with a single attempt.
 *
 * <pre class="code">
 * given(sessions.get("123")).willReturn(TestSessions.starting("123"), TestSessions.ready("123"));
 * given(sessions.find("123")).willReturn(Optional.of(TestSessions.ready("123")), Optional.empty());
 * given(sessions.list()).willReturn(List.of(TestSessions.builder("123").gpu(Gpu.H100).build()));
 * given(sessions.get("124")).willThrow(TestSessions.notFound("124"));
 * given(sessions.create(any())).willThrow(TestSessions.outcomeUnknown());
 * </pre>
 */
public final class TestSessions {

	private static final Set<String> NON_IDEMPOTENT = Set.of("create", "create-dynamic", "increase-timeout",
			"snapshot");

	private TestSessions() {
	}

	/**
	 * Return a session that is ready.
	 * @param id the session's id
	 * @return a session with a URL
	 */
	public static Session ready(String id) {
		return builder(id).build();
	}

	/**
	 * Return a session that is not ready yet.
	 * @param id the session's id
	 * @return a session without a URL
	 */
	public static Session starting(String id) {
		return builder(id).url(null).build();
	}

	/**
	 * Return a session without a deadline. The API returns such a session in two cases:
	 * the session is closing, or the server cannot read its deadline.
	 * @param id the session's id
	 * @return a session whose {@code timeoutEnd} is {@code null}
	 */
	public static Session closing(String id) {
		return builder(id).timeoutEnd(null).build();
	}

	/**
	 * Return the exception that {@link SessionOperations#get(String)} throws for a
	 * session that has ended, or never existed.
	 * @param id the session's id
	 * @return the exception of a 404
	 */
	public static ComfyDeployApiException.NotFound notFound(String id) {
		Assert.hasText(id, "id must not be blank");
		return new ComfyDeployApiException.NotFound(response("get", 404, "\"GPUEvent not found\"", Map.of(), id));
	}

	/**
	 * Return the exception that {@link SessionOperations#awaitReady(String, Duration)}
	 * throws when a session is not ready in time.
	 * @param id the session's id
	 * @param timeout the time that has passed
	 * @return the exception
	 */
	public static SessionNotReadyException notReady(String id, Duration timeout) {
		return new SessionNotReadyException(id, timeout, null, 1);
	}

	/**
	 * Return the exception that {@link SessionOperations#create} throws when a session
	 * may have been created anyway: the connection broke before the response.
	 * @return the exception, whose outcome is unknown
	 */
	public static ComfyDeployTransportException outcomeUnknown() {
		return new ComfyDeployTransportException("the connection was closed before the response", null, "create", 1,
				true);
	}

	/**
	 * Return the exception that an operation throws when nothing could be sent.
	 * @param operation the operation, such as {@code create}
	 * @return the exception, whose outcome is known
	 */
	public static ComfyDeployTransportException notSent(String operation) {
		return new ComfyDeployTransportException("connection refused", null, checkOperation(operation), 1, false);
	}

	/**
	 * Return the exception that {@link SessionOperations#create} throws when a machine
	 * has reached its maximum number of sessions.
	 * @return the exception of a 400
	 */
	public static ComfyDeployApiException tooManySessions() {
		return failure("create", 400, "You have reached the maximum number of concurrent sessions."
				+ " Please close some sessions and try again.");
	}

	/**
	 * Return the exception that an operation throws after too many requests.
	 * @param operation the operation, such as {@code create}
	 * @param retryAfter how long the server asks to wait, in whole seconds
	 * @return the exception of a 429
	 */
	public static ComfyDeployApiException.TooManyRequests tooManyRequests(String operation, Duration retryAfter) {
		return new ComfyDeployApiException.TooManyRequests(response(checkOperation(operation), 429,
				"\"Too Many Requests\"", Map.of("Retry-After", List.of(String.valueOf(retryAfter.toSeconds()))), null));
	}

	/**
	 * Return the exception that {@link SessionOperations#create} throws when a field of
	 * the request is not valid.
	 * @param field the field's name on the wire, such as {@code gpu}
	 * @param message the reason
	 * @return the exception of a 422
	 */
	public static HttpValidationException invalid(String field, String message) {
		Map<String, Object> error = new LinkedHashMap<>();
		error.put("type", "value_error");
		error.put("loc", List.of("body", field));
		error.put("msg", message);
		return new HttpValidationException(
				response("create", 422, JsonWriter.standard().writeToString(List.of(error)), Map.of(), null));
	}

	/**
	 * Return the exception that an operation throws for any other response that is not a
	 * success. The type of the exception depends on the status.
	 * @param operation the operation, such as {@code create}
	 * @param statusCode the status, from 300 to 599
	 * @param detail the detail of the response
	 * @return the exception. Its outcome is unknown if the operation is not idempotent
	 * and the status does not show that the server rejected the request
	 */
	public static ComfyDeployApiException failure(String operation, int statusCode, String detail) {
		Assert.isTrue(statusCode >= 300 && statusCode <= 599,
				() -> "A status must be between 300 and 599, but is " + statusCode);
		return ComfyDeployApiException.of(response(checkOperation(operation), statusCode,
				JsonWriter.standard().writeToString(detail), Map.of(), null));
	}

	private static ApiErrorResponse response(String operation, int statusCode, String detail,
			Map<String, List<String>> headers, @Nullable String sessionId) {
		boolean rejected = statusCode >= 400 && statusCode < 500 && statusCode != 408;
		return new ApiErrorResponse(operation, statusCode, headers, "{\"detail\":" + detail + "}", 1,
				!rejected && NON_IDEMPOTENT.contains(operation), sessionId);
	}

	private static String checkOperation(String operation) {
		Assert.isTrue(SessionRoutes.OPERATIONS.contains(operation),
				() -> "'" + operation + "' must be one of " + SessionRoutes.OPERATIONS);
		return operation;
	}

	/**
	 * Create a builder of a session that is ready, on an A10G, created at
	 * {@code 2026-01-01T00:00:00Z}, with a timeout of 15 minutes.
	 * @param id the session's id
	 * @return a builder
	 */
	public static Builder builder(String id) {
		Assert.hasText(id, "id must not be blank");
		return new Builder(id);
	}

	/**
	 * Builder of a {@link Session}.
	 */
	public static final class Builder {

		private final String id;

		private @Nullable String gpuEventId;

		private @Nullable String url;

		private @Nullable Gpu gpu = Gpu.A10G;

		private Instant createdAt = Instant.parse("2026-01-01T00:00:00Z");

		private Duration timeout = Duration.ofMinutes(15);

		private @Nullable Instant timeoutEnd;

		private boolean timeoutEndSet;

		private @Nullable String machineId = FakeComfyDeploy.MACHINE_ID;

		private @Nullable String machineVersionId;

		private @Nullable String userId = "user_test";

		private @Nullable String orgId;

		private Builder(String id) {
			this.id = id;
			this.gpuEventId = "event-of-" + id;
			this.url = "https://" + id + ".example.com";
		}

		/**
		 * Set the id of the billing event of the session.
		 * @param gpuEventId the event's id
		 * @return this builder
		 */
		public Builder gpuEventId(@Nullable String gpuEventId) {
			this.gpuEventId = gpuEventId;
			return this;
		}

		/**
		 * Set the URL of ComfyUI.
		 * @param url the URL, or {@code null} for a session that is not ready
		 * @return this builder
		 */
		public Builder url(@Nullable String url) {
			this.url = url;
			return this;
		}

		/**
		 * Set the GPU.
		 * @param gpu the GPU
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = gpu;
			return this;
		}

		/**
		 * Set when the session was created.
		 * @param createdAt the instant
		 * @return this builder
		 */
		public Builder createdAt(Instant createdAt) {
			this.createdAt = createdAt;
			return this;
		}

		/**
		 * Set the timeout.
		 * @param timeout the timeout
		 * @return this builder
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = timeout;
			return this;
		}

		/**
		 * Set the deadline at which the server ends the session. The default is the time
		 * of its creation plus the timeout.
		 * @param timeoutEnd the instant, or {@code null} for a session that is closing,
		 * or whose deadline the server cannot read
		 * @return this builder
		 */
		public Builder timeoutEnd(@Nullable Instant timeoutEnd) {
			this.timeoutEnd = timeoutEnd;
			this.timeoutEndSet = true;
			return this;
		}

		/**
		 * Set the machine that the session was created on.
		 * @param machineId the machine's id, or {@code null} for a dynamic session
		 * @return this builder
		 */
		public Builder machineId(@Nullable String machineId) {
			this.machineId = machineId;
			return this;
		}

		/**
		 * Set the version of that machine.
		 * @param machineVersionId the version's id
		 * @return this builder
		 */
		public Builder machineVersionId(@Nullable String machineVersionId) {
			this.machineVersionId = machineVersionId;
			return this;
		}

		/**
		 * Set the user that the session belongs to.
		 * @param userId the user's id
		 * @return this builder
		 */
		public Builder userId(@Nullable String userId) {
			this.userId = userId;
			return this;
		}

		/**
		 * Set the organization that the session belongs to.
		 * @param orgId the organization's id
		 * @return this builder
		 */
		public Builder orgId(@Nullable String orgId) {
			this.orgId = orgId;
			return this;
		}

		/**
		 * Build the session.
		 * @return the session
		 */
		public Session build() {
			return new Session(this.id, this.gpuEventId, this.url, this.gpu, this.createdAt, this.timeout,
					this.timeoutEndSet ? this.timeoutEnd : this.createdAt.plus(this.timeout), this.machineId,
					this.machineVersionId, "running", this.userId, this.orgId);
		}

	}

}
