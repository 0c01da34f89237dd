package com.comfydeploy.machine;

import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;

import com.fasterxml.jackson.annotation.JsonIgnore;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.UrlHost;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionOperations;

/**
 * Record that the server keeps about one container of a machine, and uses for billing.
 * Sessions that {@link SessionOperations#list(String)} omits have such records too.
 *
 * @param id the id of the event
 * @param sessionId the id of the session, or {@code null} if the container does not
 * belong to a session
 * @param gpu the GPU
 * @param startTime the start of the container; up to a minute too early if the server
 * omits the seconds
 * @param endTime the time at which the record was closed, as precise as the start;
 * {@code null} if the record is open
 * @param machineId the id of the machine
 * @param machineVersionId the id of the version of the machine
 * @param timeout the timeout of the session, in whole minutes
 * @param url the URL of ComfyUI; a secret, because it gives access without a token
 * @param functionId the id of the container at the provider
 * @param provider the provider that runs the container, such as {@code modal}
 * @param cost the cost so far, in dollars, or {@code null} if it is not known
 * @param createdAt the time at which the record was created
 * @param updatedAt the time of the last change of the record
 * @param userId the id of the user who started the container
 * @param orgId the id of the organization that owns the container
 * @see MachineOperations#events(String)
 */
public record GpuEvent(String id, @Nullable String sessionId, @Nullable Gpu gpu, @Nullable Instant startTime,
		@Nullable Instant endTime, @Nullable String machineId, @Nullable String machineVersionId,
		@Nullable Duration timeout, @Nullable String url, @Nullable String functionId, @Nullable String provider,
		@Nullable BigDecimal cost, @Nullable Instant createdAt, @Nullable Instant updatedAt, @Nullable String userId,
		@Nullable String orgId) implements Serializable {

	/**
	 * Return whether the container runs and can be stopped. If it belongs to a session,
	 * {@link SessionOperations#cancel(String)} ends it, even if no list contains the
	 * session. A {@linkplain #isRunaway() runaway} container is not included.
	 * @return whether the record is open
	 */
	@JsonIgnore
	public boolean isRunning() {
		return this.endTime == null;
	}

	/**
	 * Return whether the container started after its record was closed. This happens if a
	 * session is cancelled before the server knows its container. The container may run
	 * for up to 24 hours, and no call can stop it.
	 * @return whether the record was closed before the container started
	 */
	@JsonIgnore
	public boolean isRunaway() {
		return this.startTime != null && this.endTime != null && this.endTime.isBefore(this.startTime);
	}

	/**
	 * Return a description with only the host of the URL.
	 */
	@Override
	public String toString() {
		return "GpuEvent[id=" + this.id + ", sessionId=" + this.sessionId + ", gpu=" + this.gpu + ", startTime="
				+ this.startTime + ", endTime=" + this.endTime + ", machineId=" + this.machineId + ", machineVersionId="
				+ this.machineVersionId + ", timeout=" + this.timeout + ", url=" + UrlHost.of(this.url)
				+ ", functionId=" + this.functionId + ", provider=" + this.provider + ", cost=" + this.cost
				+ ", createdAt=" + this.createdAt + ", updatedAt=" + this.updatedAt + ", userId=" + this.userId
				+ ", orgId=" + this.orgId + "]";
	}

}
