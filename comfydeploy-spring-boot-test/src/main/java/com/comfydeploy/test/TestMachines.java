package com.comfydeploy.test;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.machine.Machine;
import com.comfydeploy.session.Gpu;

/**
 * Factory of {@link Machine} values, for tests with a mock of
 * {@link com.comfydeploy.machine.MachineOperations}, and for
 * {@link FakeComfyDeploy.Builder#machines(Machine...)}. Machines that are built in the
 * same way are equal.
 *
 * <pre class="code">
 * given(machines.findByName("sdxl")).willReturn(Optional.of(TestMachines.ready("123")));
 * FakeComfyDeploy.builder().machines(TestMachines.builder(id).name("sdxl").gpu(Gpu.H100).build());
 * </pre>
 */
public final class TestMachines {

	private TestMachines() {
	}

	/**
	 * Return a machine that supports sessions.
	 * @param id the machine's id
	 * @return a machine with an A10G
	 */
	public static Machine ready(String id) {
		return builder(id).build();
	}

	/**
	 * Return a machine that is being built, and does not support sessions yet.
	 * @param id the machine's id
	 * @return a machine with an A10G
	 */
	public static Machine building(String id) {
		return builder(id).status("building").build();
	}

	/**
	 * Create a builder of a machine that supports sessions: with an A10G, created at
	 * {@code 2026-01-01T00:00:00Z}. Its name is {@code machine-}, followed by its id.
	 * @param id the machine's id
	 * @return a builder
	 */
	public static Builder builder(String id) {
		Assert.hasText(id, "id must not be blank");
		return new Builder(id);
	}

	/**
	 * Builder of a {@link Machine}.
	 */
	public static final class Builder {

		private final String id;

		private String name;

		private String type = Machine.SERVERLESS;

		private @Nullable Gpu gpu = Gpu.A10G;

		private String status = Machine.READY;

		private @Nullable String version;

		private @Nullable String versionId;

		private @Nullable String builderVersion = "4";

		private @Nullable String comfyUiVersion;

		private @Nullable String importFailure;

		private boolean workspace;

		private Instant createdAt = Instant.parse("2026-01-01T00:00:00Z");

		private @Nullable Instant updatedAt;

		private @Nullable String userId = "user_test";

		private @Nullable String orgId;

		private Builder(String id) {
			this.id = id;
			this.name = "machine-" + id;
		}

		/**
		 * Set the name.
		 * @param name the name
		 * @return this builder
		 */
		public Builder name(String name) {
			this.name = name;
			return this;
		}

		/**
		 * Set the type. The default is {@link Machine#SERVERLESS}.
		 * @param type the type, such as {@code classic}
		 * @return this builder
		 */
		public Builder type(String type) {
			this.type = type;
			return this;
		}

		/**
		 * Set the GPU. The default is {@link Gpu#A10G}.
		 * @param gpu the GPU, or {@code null} for a machine without a default GPU
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = gpu;
			return this;
		}

		/**
		 * Set the status. The default is {@link Machine#READY}.
		 * @param status the status, such as {@code building}
		 * @return this builder
		 */
		public Builder status(String status) {
			this.status = status;
			return this;
		}

		/**
		 * Set the deployed version. The default is none.
		 * @param version the version's number
		 * @param versionId the version's id
		 * @return this builder
		 */
		public Builder version(@Nullable String version, @Nullable String versionId) {
			this.version = version;
			this.versionId = versionId;
			return this;
		}

		/**
		 * Set the version of the machine's builder. The default is {@code 4}.
		 * @param builderVersion the version, or {@code null} for none
		 * @return this builder
		 */
		public Builder builderVersion(@Nullable String builderVersion) {
			this.builderVersion = builderVersion;
			return this;
		}

		/**
		 * Set the commit of ComfyUI. The default is none.
		 * @param comfyUiVersion the commit
		 * @return this builder
		 */
		public Builder comfyUiVersion(@Nullable String comfyUiVersion) {
			this.comfyUiVersion = comfyUiVersion;
			return this;
		}

		/**
		 * Set the log of custom nodes that could not be imported. The default is none.
		 * @param importFailure the log
		 * @return this builder
		 */
		public Builder importFailure(@Nullable String importFailure) {
			this.importFailure = importFailure;
			return this;
		}

		/**
		 * Set whether the server created the machine for a workspace. Lists omit such
		 * machines. The default is {@code false}.
		 * @param workspace whether the machine belongs to a workspace
		 * @return this builder
		 */
		public Builder workspace(boolean workspace) {
			this.workspace = workspace;
			return this;
		}

		/**
		 * Set when the machine was created.
		 * @param createdAt the instant
		 * @return this builder
		 */
		public Builder createdAt(Instant createdAt) {
			this.createdAt = createdAt;
			return this;
		}

		/**
		 * Set when the machine was changed last. The default is its creation.
		 * @param updatedAt the instant
		 * @return this builder
		 */
		public Builder updatedAt(Instant updatedAt) {
			this.updatedAt = updatedAt;
			return this;
		}

		/**
		 * Set the user who created the machine.
		 * @param userId the user's id
		 * @return this builder
		 */
		public Builder userId(@Nullable String userId) {
			this.userId = userId;
			return this;
		}

		/**
		 * Set the organization that owns the machine.
		 * @param orgId the organization's id
		 * @return this builder
		 */
		public Builder orgId(@Nullable String orgId) {
			this.orgId = orgId;
			return this;
		}

		/**
		 * Build the machine.
		 * @return the machine
		 */
		public Machine build() {
			return new Machine(this.id, this.name, this.type, this.gpu, this.status, this.version, this.versionId,
					this.builderVersion, this.comfyUiVersion, this.importFailure, this.workspace, this.createdAt,
					(this.updatedAt != null) ? this.updatedAt : this.createdAt, this.userId, this.orgId);
		}

	}

}
