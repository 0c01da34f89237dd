package com.comfydeploy.session;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Request to create a session without an existing machine. Immutable.
 *
 * @see #builder()
 * @see SessionOperations#createDynamic(CreateDynamicSessionRequest)
 */
public final class CreateDynamicSessionRequest {

	private final Gpu gpu;

	private final @Nullable String machineId;

	private final @Nullable String machineVersionId;

	private final @Nullable Duration timeout;

	private final @Nullable String comfyUiHash;

	private final @Nullable List<String> dependencies;

	private final @Nullable String baseDockerImage;

	private final @Nullable String pythonVersion;

	private final boolean waitForServer;

	private CreateDynamicSessionRequest(Builder builder) {
		this.gpu = builder.gpu;
		this.machineId = builder.machineId;
		this.machineVersionId = builder.machineVersionId;
		this.timeout = builder.timeout;
		this.comfyUiHash = builder.comfyUiHash;
		this.dependencies = builder.dependencies;
		this.baseDockerImage = builder.baseDockerImage;
		this.pythonVersion = builder.pythonVersion;
		this.waitForServer = builder.waitForServer;
	}

	/**
	 * Create a builder with the default GPU.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Create a builder with the values of this request.
	 * @return a builder
	 */
	public Builder mutate() {
		return new Builder().gpu(this.gpu)
			.machineId(this.machineId)
			.machineVersionId(this.machineVersionId)
			.timeout(this.timeout)
			.comfyUiHash(this.comfyUiHash)
			.dependencies(this.dependencies)
			.baseDockerImage(this.baseDockerImage)
			.pythonVersion(this.pythonVersion)
			.waitForServer(this.waitForServer);
	}

	/**
	 * Return the GPU.
	 * @return the GPU, {@code A10G} unless set
	 */
	public Gpu gpu() {
		return this.gpu;
	}

	/**
	 * Return the id of the machine.
	 * @return the machine id, or {@code null} if not set
	 */
	public @Nullable String machineId() {
		return this.machineId;
	}

	/**
	 * Return the id of the version of the machine.
	 * @return the version id, or {@code null} if not set
	 */
	public @Nullable String machineVersionId() {
		return this.machineVersionId;
	}

	/**
	 * Return the timeout of the session, after which the server ends it.
	 * @return the timeout in whole minutes, or {@code null} for the server's default of
	 * 15 minutes
	 */
	public @Nullable Duration timeout() {
		return this.timeout;
	}

	/**
	 * Return the commit of ComfyUI.
	 * @return the hash of the commit, or {@code null} for the server's default
	 */
	public @Nullable String comfyUiHash() {
		return this.comfyUiHash;
	}

	/**
	 * Return the custom nodes to install.
	 * @return an immutable list, or {@code null} if not set
	 */
	public @Nullable List<String> dependencies() {
		return this.dependencies;
	}

	/**
	 * Return the name of the base Docker image.
	 * @return the name, or {@code null} for the server's default
	 */
	public @Nullable String baseDockerImage() {
		return this.baseDockerImage;
	}

	/**
	 * Return the version of Python, such as {@code 3.11}.
	 * @return the version, or {@code null} for the server's default
	 */
	public @Nullable String pythonVersion() {
		return this.pythonVersion;
	}

	/**
	 * Return whether the server waits until ComfyUI is available before it responds.
	 * @return whether to wait
	 */
	public boolean waitForServer() {
		return this.waitForServer;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof CreateDynamicSessionRequest that && Objects.equals(this.gpu, that.gpu)
				&& Objects.equals(this.machineId, that.machineId)
				&& Objects.equals(this.machineVersionId, that.machineVersionId)
				&& Objects.equals(this.timeout, that.timeout) && Objects.equals(this.comfyUiHash, that.comfyUiHash)
				&& Objects.equals(this.dependencies, that.dependencies)
				&& Objects.equals(this.baseDockerImage, that.baseDockerImage)
				&& Objects.equals(this.pythonVersion, that.pythonVersion) && this.waitForServer == that.waitForServer;
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.gpu, this.machineId, this.machineVersionId, this.timeout, this.comfyUiHash,
				this.dependencies, this.baseDockerImage, this.pythonVersion, this.waitForServer);
	}

	@Override
	public String toString() {
		return "CreateDynamicSessionRequest[gpu=" + this.gpu + ", machineId=" + this.machineId + ", machineVersionId="
				+ this.machineVersionId + ", timeout=" + this.timeout + ", comfyUiHash=" + this.comfyUiHash
				+ ", dependencies=" + this.dependencies + ", baseDockerImage=" + this.baseDockerImage
				+ ", pythonVersion=" + this.pythonVersion + ", waitForServer=" + this.waitForServer + "]";
	}

	/**
	 * Builder of a {@link CreateDynamicSessionRequest}.
	 */
	public static final class Builder {

		private static final Pattern HASH = Pattern.compile("[a-fA-F0-9]{40}");

		private Gpu gpu = Gpu.A10G;

		private @Nullable String machineId;

		private @Nullable String machineVersionId;

		private @Nullable Duration timeout;

		private @Nullable String comfyUiHash;

		private @Nullable List<String> dependencies;

		private @Nullable String baseDockerImage;

		private @Nullable String pythonVersion;

		private boolean waitForServer;

		private Builder() {
		}

		/**
		 * Set the GPU.
		 * @param gpu the GPU, or {@code null} for the default, {@code A10G}
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = (gpu != null) ? gpu : Gpu.A10G;
			return this;
		}

		/**
		 * Set the machine to start from.
		 * @param machineId the machine id, or {@code null} for none, the default
		 * @return this builder
		 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
		 */
		public Builder machineId(@Nullable String machineId) {
			this.machineId = (machineId != null) ? Arguments.requireId("machineId", machineId) : null;
			return this;
		}

		/**
		 * Set the version of the machine.
		 * @param machineVersionId the version id, or {@code null} for none, the default
		 * @return this builder
		 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
		 */
		public Builder machineVersionId(@Nullable String machineVersionId) {
			this.machineVersionId = (machineVersionId != null)
					? Arguments.requireId("machineVersionId", machineVersionId) : null;
			return this;
		}

		/**
		 * Set the timeout of the session, after which the server ends it.
		 * @param timeout a positive whole number of minutes, or {@code null} for the
		 * server's default of 15 minutes
		 * @return this builder
		 * @throws IllegalArgumentException if it is not a positive whole number of
		 * minutes that fits in 32 bits
		 */
		public Builder timeout(@Nullable Duration timeout) {
			this.timeout = (timeout != null) ? Arguments.requireWholeMinutes("timeout", timeout) : null;
			return this;
		}

		/**
		 * Set the commit of ComfyUI to run.
		 * @param comfyUiHash 40 hexadecimal digits, or {@code null} for the server's
		 * default
		 * @return this builder
		 * @throws IllegalArgumentException if it is anything else
		 */
		public Builder comfyUiHash(@Nullable String comfyUiHash) {
			Assert.isTrue(comfyUiHash == null || HASH.matcher(comfyUiHash).matches(),
					"comfyUiHash must be 40 hexadecimal digits");
			this.comfyUiHash = comfyUiHash;
			return this;
		}

		/**
		 * Set the custom nodes to install.
		 * @param dependencies shorthands such as
		 * {@code cubiq/ComfyUI_IPAdapter_plus@b188a6c}, or {@code null} for the server's
		 * default
		 * @return this builder
		 * @throws IllegalArgumentException if an element is {@code null}
		 */
		public Builder dependencies(@Nullable List<String> dependencies) {
			Assert.noNullElements(dependencies, "dependencies must not have null elements");
			this.dependencies = (dependencies != null) ? List.copyOf(dependencies) : null;
			return this;
		}

		/**
		 * Set the base Docker image.
		 * @param baseDockerImage the name of the image, or {@code null} for the server's
		 * default
		 * @return this builder
		 * @throws IllegalArgumentException if it is blank
		 */
		public Builder baseDockerImage(@Nullable String baseDockerImage) {
			Assert.isTrue(baseDockerImage == null || !baseDockerImage.isBlank(), "baseDockerImage must not be blank");
			this.baseDockerImage = baseDockerImage;
			return this;
		}

		/**
		 * Set the version of Python.
		 * @param pythonVersion the version, such as {@code 3.11}, or {@code null} for the
		 * server's default
		 * @return this builder
		 * @throws IllegalArgumentException if it is blank
		 */
		public Builder pythonVersion(@Nullable String pythonVersion) {
			Assert.isTrue(pythonVersion == null || !pythonVersion.isBlank(), "pythonVersion must not be blank");
			this.pythonVersion = pythonVersion;
			return this;
		}

		/**
		 * Set whether the server waits until ComfyUI is available before it responds.
		 * This can take ten minutes. If the client stops waiting, the session continues
		 * to run. The default is {@code false}.
		 * @param waitForServer whether to wait
		 * @return this builder
		 */
		public Builder waitForServer(boolean waitForServer) {
			this.waitForServer = waitForServer;
			return this;
		}

		/**
		 * Build the request.
		 * @return the request
		 */
		public CreateDynamicSessionRequest build() {
			return new CreateDynamicSessionRequest(this);
		}

	}

}
