package com.comfydeploy.session;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import org.jspecify.annotations.Nullable;

import org.springframework.util.StringUtils;

import com.comfydeploy.internal.UrlHost;

/**
 * A session: a rented machine that runs ComfyUI. It can be written as JSON, in which
 * {@code ready} is added, and read again, and is serializable.
 *
 * @param id the session's id
 * @param gpuEventId the id of the event that it is billed by
 * @param url address of ComfyUI; {@code null} until it is up
 * @param gpu the kind of GPU
 * @param createdAt when the session was created
 * @param timeout the time granted so far, in whole minutes; an increase by id does not
 * change it, see {@code timeoutEnd}
 * @param timeoutEnd when the server ends the session; {@code null} once closing has
 * begun, and whenever the server cannot read it, so that null is not a sign of closing
 * @param machineId the machine that the session was made from
 * @param machineVersionId the version of that machine
 * @param status the server's word for the state, always {@code running} today
 * @param userId the user that the session belongs to
 * @param orgId the organisation that the session belongs to
 * @see SessionOperations#get(String)
 */
@JsonIgnoreProperties(value = "ready", allowGetters = true)
public record Session(String id, @Nullable String gpuEventId, @Nullable String url, @Nullable Gpu gpu,
		@Nullable Instant createdAt, @Nullable Duration timeout, @Nullable Instant timeoutEnd,
		@Nullable String machineId, @Nullable String machineVersionId, String status, @Nullable String userId,
		@Nullable String orgId) implements Serializable {

	/**
	 * Return whether the session can be used, which is whether it has a url.
	 * @return whether the session is ready
	 */
	public boolean isReady() {
		return StringUtils.hasText(this.url);
	}

	/**
	 * Return the components, of the url only its host: the whole is a key to the machine.
	 */
	@Override
	public String toString() {
		return "Session[id=" + this.id + ", gpuEventId=" + this.gpuEventId + ", url=" + UrlHost.of(this.url) + ", gpu="
				+ this.gpu + ", createdAt=" + this.createdAt + ", timeout=" + this.timeout + ", timeoutEnd="
				+ this.timeoutEnd + ", machineId=" + this.machineId + ", machineVersionId=" + this.machineVersionId
				+ ", status=" + this.status + ", userId=" + this.userId + ", orgId=" + this.orgId + "]";
	}

}
