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
 * A GPU that ran on a machine, or runs: what is billed. It shows sessions that
 * {@link SessionOperations#list(String)} leaves out.
 *
 * @param id the event's id
 * @param sessionId the session's id, or {@code null} for a GPU that is not a session's
 * @param gpu the kind of GPU
 * @param startTime when the container started; where the server's date has no fraction it
 * also has no seconds, and this is up to a minute early
 * @param endTime when the record was closed, or {@code null} while it is open; as exact
 * as the start
 * @param machineId the machine's id
 * @param machineVersionId the version of that machine
 * @param timeout the time granted to a session, in whole minutes
 * @param url address of ComfyUI, which needs no token: a secret
 * @param functionId the container's id where it runs
 * @param provider who runs the container, such as {@code modal}
 * @param cost what it cost so far, in dollars, where the server says so
 * @param createdAt when the record was created
 * @param updatedAt when the record was changed last
 * @param userId the user who started it
 * @param orgId the organisation that it belongs to
 * @see MachineOperations#events(String)
 */
public record GpuEvent(String id, @Nullable String sessionId, @Nullable Gpu gpu, @Nullable Instant startTime,
		@Nullable Instant endTime, @Nullable String machineId, @Nullable String machineVersionId,
		@Nullable Duration timeout, @Nullable String url, @Nullable String functionId, @Nullable String provider,
		@Nullable BigDecimal cost, @Nullable Instant createdAt, @Nullable Instant updatedAt, @Nullable String userId,
		@Nullable String orgId) implements Serializable {

	/**
	 * Return whether it has no end: the GPU runs. If it is a session's,
	 * {@link SessionOperations#cancel(String)} ends it, also where no list has it.
	 * @return whether the record is open
	 */
	@JsonIgnore
	public boolean isRunning() {
		return this.endTime == null;
	}

	/**
	 * Return whether it ended before it started: the container of a session that was
	 * cancelled before the server knew its container. It may run for up to 24 hours, and
	 * no call can stop it.
	 * @return whether the record was closed before the container started
	 */
	@JsonIgnore
	public boolean isRunaway() {
		return this.startTime != null && this.endTime != null && this.endTime.isBefore(this.startTime);
	}

	/**
	 * Return a description with nothing but the host of the url.
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
