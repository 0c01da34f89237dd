package com.comfydeploy.client;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionLogEntry;
import com.comfydeploy.session.SessionSnapshot;

/**
 * The JSON documents of sessions.
 */
final class SessionJson {

	static final String INFO = "info";

	private static final String RUNNING = "running";

	private SessionJson() {
	}

	/**
	 * Return the text, or {@code null} if it is blank or {@code "None"}, which the server
	 * sends for a missing value in some places.
	 */
	static @Nullable String text(@Nullable String value) {
		return (value == null || value.isBlank() || value.equals("None")) ? null : value;
	}

	static String required(String name, @Nullable String value) {
		String text = text(value);
		if (text == null) {
			throw new UnreadableJsonException(name + " is missing");
		}
		return text;
	}

	static @Nullable Duration minutes(@Nullable Long value) {
		return (value != null) ? Duration.ofMinutes(value) : null;
	}

	private static <T> @Nullable T first(@Nullable T one, @Nullable T other) {
		return (one != null) ? one : other;
	}

	/**
	 * Body of POST /session.
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record CreateSessionWireRequest(@JsonProperty("machine_id") String machineId,
			@JsonProperty("gpu") @Nullable String gpu, @JsonProperty("timeout") @Nullable Long timeout,
			@JsonProperty("wait_for_server") @Nullable Boolean waitForServer) {

		static CreateSessionWireRequest of(CreateSessionRequest request) {
			Gpu gpu = request.gpu();
			Duration timeout = request.timeout();
			return new CreateSessionWireRequest(request.machineId(), (gpu != null) ? gpu.value() : null,
					(timeout != null) ? timeout.toMinutes() : null, request.waitForServer() ? true : null);
		}

	}

	/**
	 * Body of POST /session/increase-timeout.
	 */
	record IncreaseTimeoutWireRequest(@JsonProperty("machine_id") String machineId,
			@JsonProperty("session_id") String sessionId, @JsonProperty("timeout") long timeout,
			@JsonProperty("gpu") String gpu) {

		static IncreaseTimeoutWireRequest of(IncreaseTimeoutRequest request) {
			return new IncreaseTimeoutWireRequest(request.machineId(), request.sessionId(),
					request.timeout().toMinutes(), request.gpu().value());
		}

	}

	/**
	 * Body of POST /session/{session_id}/increase-timeout.
	 */
	record ExtendTimeoutWireRequest(@JsonProperty("minutes") long minutes) {

	}

	/**
	 * Body of POST /session/{session_id}/snapshot.
	 */
	record SnapshotWireRequest(@JsonProperty("machine_name") String machineName) {

	}

	/**
	 * Body of POST /session/dynamic.
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record CreateDynamicSessionWireRequest(@JsonProperty("gpu") String gpu,
			@JsonProperty("machine_id") @Nullable String machineId,
			@JsonProperty("machine_version_id") @Nullable String machineVersionId,
			@JsonProperty("timeout") @Nullable Long timeout, @JsonProperty("comfyui_hash") @Nullable String comfyUiHash,
			@JsonProperty("dependencies") @Nullable List<String> dependencies,
			@JsonProperty("wait_for_server") @Nullable Boolean waitForServer,
			@JsonProperty("base_docker_image") @Nullable String baseDockerImage,
			@JsonProperty("python_version") @Nullable String pythonVersion) {

		static CreateDynamicSessionWireRequest of(CreateDynamicSessionRequest request) {
			Duration timeout = request.timeout();
			return new CreateDynamicSessionWireRequest(request.gpu().value(), request.machineId(),
					request.machineVersionId(), (timeout != null) ? timeout.toMinutes() : null, request.comfyUiHash(),
					request.dependencies(), request.waitForServer() ? true : null, request.baseDockerImage(),
					request.pythonVersion());
		}

	}

	/**
	 * Response of POST /session/{session_id}/snapshot.
	 */
	record SnapshotResponse(@JsonProperty("message") @Nullable String message,
			@JsonProperty("version_id") @Nullable String versionId, @JsonProperty("version") @Nullable Integer version,
			@JsonProperty("image_id") @Nullable String imageId) {

		SessionSnapshot toSnapshot() {
			String versionId = required("version_id", this.versionId);
			if (this.version == null) {
				throw new UnreadableJsonException("version is missing");
			}
			return new SessionSnapshot(this.message, versionId, this.version, text(this.imageId));
		}

	}

	/**
	 * An event of GET /v2/stream-logs.
	 */
	record LogEvent(@JsonProperty("message") @Nullable String message, @JsonProperty("level") @Nullable String level,
			@JsonProperty("timestamp") @Nullable String timestamp) {

		SessionLogEntry toEntry(String event) {
			return new SessionLogEntry((this.message != null) ? this.message : event,
					(this.level != null) ? this.level : INFO, readableTimestamp());
		}

		/** An invalid date must not lose the entry. */
		private @Nullable Instant readableTimestamp() {
			try {
				return DateTimes.instant(text(this.timestamp));
			}
			catch (DateTimeException ex) {
				return null;
			}
		}

	}

	/**
	 * Response of POST /session and POST /session/dynamic.
	 */
	record CreateSessionResponse(@JsonProperty("session_id") @Nullable String sessionId,
			@JsonProperty("url") @Nullable String url) {

		CreatedSession toCreatedSession() {
			return new CreatedSession(required("session_id", this.sessionId), text(this.url));
		}

	}

	/**
	 * Response of DELETE /session/{session_id}.
	 */
	record CancelResponse(@JsonProperty("success") @Nullable Boolean success) {

	}

	/**
	 * Body of an error response.
	 */
	record ErrorDetailResponse(@JsonProperty("detail") @Nullable Object detail) {

	}

	/**
	 * A session in each format of the server: the current one, an older one without
	 * {@code id}, and the GPU event that lists returned earlier, whose {@code id} is that
	 * of the event.
	 */
	record SessionDetailsResponse(@JsonProperty("id") @Nullable String id,
			@JsonProperty("session_id") @Nullable String sessionId,
			@JsonProperty("gpu_event_id") @Nullable String gpuEventId, @JsonProperty("url") @Nullable String url,
			@JsonProperty("tunnel_url") @Nullable String tunnelUrl, @JsonProperty("gpu") @Nullable String gpu,
			@JsonProperty("created_at") @Nullable String createdAt, @JsonProperty("timeout") @Nullable Long timeout,
			@JsonProperty("session_timeout") @Nullable Long sessionTimeout,
			@JsonProperty("timeout_end") @Nullable String timeoutEnd,
			@JsonProperty("machine_id") @Nullable String machineId,
			@JsonProperty("machine_version_id") @Nullable String machineVersionId,
			@JsonProperty("status") @Nullable String status, @JsonProperty("user_id") @Nullable String userId,
			@JsonProperty("org_id") @Nullable String orgId) {

		Session toSession() {
			String id = required("session id", first(text(this.sessionId), this.id));
			String gpu = text(this.gpu);
			String status = text(this.status);
			return new Session(id, first(text(this.gpuEventId), eventId(id)),
					first(text(this.url), text(this.tunnelUrl)), (gpu != null) ? Gpu.of(gpu) : null,
					DateTimes.instant(text(this.createdAt)), minutes(first(this.timeout, this.sessionTimeout)),
					DateTimes.instant(text(this.timeoutEnd)), text(this.machineId), text(this.machineVersionId),
					(status != null) ? status : RUNNING, text(this.userId), text(this.orgId));
		}

		private @Nullable String eventId(String sessionId) {
			String id = text(this.id);
			return (id != null && !id.equals(sessionId)) ? id : null;
		}

	}

}
