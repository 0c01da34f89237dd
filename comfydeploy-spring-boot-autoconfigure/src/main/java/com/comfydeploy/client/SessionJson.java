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
 * The JSON documents that travel, and what they mean.
 */
final class SessionJson {

	static final String INFO = "info";

	private static final String RUNNING = "running";

	private SessionJson() {
	}

	/**
	 * What is missing is null, and the server says {@code "None"} for it here and there.
	 */
	static @Nullable String text(@Nullable String value) {
		return (value == null || value.isBlank() || value.equals("None")) ? null : value;
	}

	static String required(String name, @Nullable String value) {
		String text = text(value);
		if (text == null) {
			throw new UnreadableJsonException("there is no " + name);
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
	 * Answer to a snapshot.
	 */
	record SnapshotResponse(@JsonProperty("message") @Nullable String message,
			@JsonProperty("version_id") @Nullable String versionId, @JsonProperty("version") @Nullable Integer version,
			@JsonProperty("image_id") @Nullable String imageId) {

		SessionSnapshot toSnapshot() {
			String versionId = required("version_id", this.versionId);
			if (this.version == null) {
				throw new UnreadableJsonException("there is no version");
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

		/** A date that cannot be read is no reason to lose what happened then. */
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
	 * Answer to the creation of a session.
	 */
	record CreateSessionResponse(@JsonProperty("session_id") @Nullable String sessionId,
			@JsonProperty("url") @Nullable String url) {

		CreatedSession toCreatedSession() {
			return new CreatedSession(required("session_id", this.sessionId), text(this.url));
		}

	}

	/**
	 * Answer to DELETE /session/{session_id}.
	 */
	record CancelResponse(@JsonProperty("success") @Nullable Boolean success) {

	}

	/**
	 * Body of an error response.
	 */
	record ErrorDetailResponse(@JsonProperty("detail") @Nullable Object detail) {

	}

	/**
	 * A session in any of its shapes: today's, an older one without {@code id}, and the
	 * GPU event that the list had, whose {@code id} is its own.
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
