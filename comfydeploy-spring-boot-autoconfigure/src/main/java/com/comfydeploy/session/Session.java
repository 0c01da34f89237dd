package com.comfydeploy.session;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

import com.comfydeploy.internal.UrlHost;

/**
 * Session: a rented GPU that runs ComfyUI. A session can be serialized by Java, and
 * converted to JSON and back. The JSON has an additional property {@code ready}.
 *
 * @param id the session's id
 * @param gpuEventId the id of its billing event
 * @param url the URL of ComfyUI, or {@code null} if the session is not ready yet
 * @param gpu the GPU
 * @param createdAt the time of the creation
 * @param timeout the requested timeout in whole minutes; it stays the same when the
 * deadline {@code timeoutEnd} is extended
 * @param timeoutEnd the deadline, at which the server ends the session; {@code null} if
 * the session is closing, or if the server cannot read the deadline
 * @param machineId the id of the machine
 * @param machineVersionId the id of the version of the machine
 * @param status the status that the server reports, currently always {@code running}
 * @param userId the id of the user that owns the session
 * @param orgId the id of the organization that owns the session
 * @see SessionOperations#get(String)
 */
@JsonIgnoreProperties(value = "ready", allowGetters = true)
public record Session(String id, @Nullable String gpuEventId, @Nullable String url, @Nullable Gpu gpu,
		@Nullable Instant createdAt, @Nullable Duration timeout, @Nullable Instant timeoutEnd,
		@Nullable String machineId, @Nullable String machineVersionId, String status, @Nullable String userId,
		@Nullable String orgId) implements Serializable {

	/**
	 * Return whether the session has a URL, and can therefore be used.
	 * @return whether the session is ready
	 */
	public boolean isReady() {
		return StringUtils.hasText(this.url);
	}

	/**
	 * Return a description with only the host of the URL, because the URL gives access to
	 * the machine.
	 */
	@Override
	public String toString() {
		return "Session[id=" + this.id + ", gpuEventId=" + this.gpuEventId + ", url=" + UrlHost.of(this.url) + ", gpu="
				+ this.gpu + ", createdAt=" + this.createdAt + ", timeout=" + this.timeout + ", timeoutEnd="
				+ this.timeoutEnd + ", machineId=" + this.machineId + ", machineVersionId=" + this.machineVersionId
				+ ", status=" + this.status + ", userId=" + this.userId + ", orgId=" + this.orgId + "]";
	}

}
