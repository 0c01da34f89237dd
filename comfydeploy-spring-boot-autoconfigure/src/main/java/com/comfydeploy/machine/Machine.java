package com.comfydeploy.machine;

import java.io.Serializable;
import java.time.Instant;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionHost;

/**
 * Machine: a configuration of ComfyUI with custom nodes and models, on which sessions
 * run.
 *
 * @param id the id of the machine
 * @param name the name, which is not unique
 * @param type the type; sessions require {@link #SERVERLESS}. Currently known types:
 * {@code classic}, {@code runpod-serverless}, {@code modal-serverless},
 * {@code comfy-deploy-serverless}, {@code workspace}, {@code workspace-v2}
 * @param gpu the default GPU of sessions
 * @param status the status; sessions require {@link #READY}. Currently known statuses:
 * {@code ready}, {@code building}, {@code error}, {@code running}, {@code paused},
 * {@code starting}, {@code not-started}
 * @param version the number of the deployed version
 * @param versionId the id of this version
 * @param builderVersion the version of the builder; sessions require at least 4
 * @param comfyUiVersion the commit of ComfyUI
 * @param importFailure the log of the custom nodes that could not be imported
 * @param workspace whether the server created the machine for a workspace
 * @param createdAt the time of the creation
 * @param updatedAt the time of the last change
 * @param userId the id of the user who created it
 * @param orgId the id of the organization that owns it
 * @see MachineOperations#get(String)
 */
public record Machine(String id, String name, String type, @Nullable Gpu gpu, String status, @Nullable String version,
		@Nullable String versionId, @Nullable String builderVersion, @Nullable String comfyUiVersion,
		@Nullable String importFailure, boolean workspace, @Nullable Instant createdAt, @Nullable Instant updatedAt,
		@Nullable String userId, @Nullable String orgId) implements SessionHost, Serializable {

	/** Type of machines that support sessions. */
	public static final String SERVERLESS = "comfy-deploy-serverless";

	/** Status of machines that support sessions. */
	public static final String READY = "ready";

	private static final int MIN_BUILDER_VERSION = 4;

	/**
	 * Return the reason why the machine does not support sessions: its type, the version
	 * of its builder, or its status. The server also creates sessions on machines that
	 * are being built, have failed or are deleted, but such sessions fail to start, or
	 * run an earlier build.
	 * @return the reason, or empty if it supports sessions
	 * @see CreateSessionRequest#forMachine(SessionHost)
	 */
	@Override
	public Optional<String> sessionObstacle() {
		if (!this.type.equals(SERVERLESS)) {
			return Optional.of("its type is '" + this.type + "', and must be '" + SERVERLESS + "'");
		}
		if (!hasSupportedBuilder()) {
			return Optional
				.of("its builder version is " + this.builderVersion + ", and must be at least " + MIN_BUILDER_VERSION);
		}
		return this.status.equals(READY) ? Optional.empty()
				: Optional.of("its status is '" + this.status + "', and must be '" + READY + "'");
	}

	private boolean hasSupportedBuilder() {
		try {
			return this.builderVersion != null && Integer.parseInt(this.builderVersion) >= MIN_BUILDER_VERSION;
		}
		catch (NumberFormatException ex) {
			return false;
		}
	}

}
