package com.comfydeploy.machine;

import java.io.Serializable;
import java.time.Instant;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionHost;

/**
 * A machine: a ComfyUI with its custom nodes and models, which sessions run on.
 *
 * @param id the machine's id
 * @param name the name that its users gave it, which others may have too
 * @param type the kind of machine; sessions need {@link #SERVERLESS}. The server may know
 * others than those of today: {@code classic}, {@code runpod-serverless},
 * {@code modal-serverless}, {@code comfy-deploy-serverless}, {@code workspace},
 * {@code workspace-v2}
 * @param gpu the kind of GPU that sessions have unless they ask for another
 * @param status the state; sessions need {@link #READY}. The server may know others than
 * those of today: {@code ready}, {@code building}, {@code error}, {@code running},
 * {@code paused}, {@code starting}, {@code not-started}
 * @param version the number of the version that is deployed
 * @param versionId the id of that version
 * @param builderVersion the version of what built it; sessions need at least 4
 * @param comfyUiVersion the commit of ComfyUI
 * @param importFailure the log of custom nodes that could not be imported
 * @param workspace whether it was made for the sessions of a workspace
 * @param createdAt when the machine was created
 * @param updatedAt when the machine was changed last
 * @param userId the user who made it
 * @param orgId the organisation that it belongs to
 * @see MachineOperations#get(String)
 */
public record Machine(String id, String name, String type, @Nullable Gpu gpu, String status, @Nullable String version,
		@Nullable String versionId, @Nullable String builderVersion, @Nullable String comfyUiVersion,
		@Nullable String importFailure, boolean workspace, @Nullable Instant createdAt, @Nullable Instant updatedAt,
		@Nullable String userId, @Nullable String orgId) implements SessionHost, Serializable {

	/** The type of machine that sessions can be created on. */
	public static final String SERVERLESS = "comfy-deploy-serverless";

	/** The status of a machine that sessions can be created on. */
	public static final String READY = "ready";

	private static final int MIN_BUILDER_VERSION = 4;

	/**
	 * Return why no session can be created on the machine: its type, the version of its
	 * builder, or its status. The server itself creates sessions on machines that are
	 * being built, have failed or are deleted; those sessions fail to start, or run what
	 * was built before.
	 * @return the reason, or empty if there is none
	 * @see CreateSessionRequest#forMachine(SessionHost)
	 */
	@Override
	public Optional<String> sessionObstacle() {
		if (!this.type.equals(SERVERLESS)) {
			return Optional.of("its type is '" + this.type + "', and must be '" + SERVERLESS + "'");
		}
		if (!hasBuilderForSessions()) {
			return Optional
				.of("its builder version is " + this.builderVersion + ", and must be at least " + MIN_BUILDER_VERSION);
		}
		return this.status.equals(READY) ? Optional.empty()
				: Optional.of("its status is '" + this.status + "', and must be '" + READY + "'");
	}

	private boolean hasBuilderForSessions() {
		try {
			return this.builderVersion != null && Integer.parseInt(this.builderVersion) >= MIN_BUILDER_VERSION;
		}
		catch (NumberFormatException ex) {
			return false;
		}
	}

}
