package com.comfydeploy.session;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * What to create a session from. Immutable.
 *
 * @see #forMachine(String)
 * @see SessionOperations#create(CreateSessionRequest)
 */
public final class CreateSessionRequest {

	private final String machineId;

	private final @Nullable Gpu gpu;

	private final @Nullable Duration timeout;

	private final boolean waitForServer;

	private CreateSessionRequest(Builder builder) {
		this.machineId = builder.machineId;
		this.gpu = builder.gpu;
		this.timeout = builder.timeout;
		this.waitForServer = builder.waitForServer;
	}

	/**
	 * Start the request of a session on a machine.
	 * @param machineId the machine's id
	 * @return a builder
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 */
	public static Builder forMachine(String machineId) {
		return new Builder(Arguments.id("machineId", machineId));
	}

	/**
	 * Return the machine's id.
	 * @return the id
	 */
	public String machineId() {
		return this.machineId;
	}

	/**
	 * Return the kind of GPU.
	 * @return the GPU, or {@code null} for the machine's own
	 */
	public @Nullable Gpu gpu() {
		return this.gpu;
	}

	/**
	 * Return the time after which the server ends the session.
	 * @return whole minutes, or {@code null} for the server's default of 15 minutes
	 */
	public @Nullable Duration timeout() {
		return this.timeout;
	}

	/**
	 * Return whether the server answers only once ComfyUI is up.
	 * @return whether to wait
	 */
	public boolean waitForServer() {
		return this.waitForServer;
	}

	@Override
	public boolean equals(@Nullable Object other) {
		return other instanceof CreateSessionRequest that && this.machineId.equals(that.machineId)
				&& Objects.equals(this.gpu, that.gpu) && Objects.equals(this.timeout, that.timeout)
				&& this.waitForServer == that.waitForServer;
	}

	@Override
	public int hashCode() {
		return Objects.hash(this.machineId, this.gpu, this.timeout, this.waitForServer);
	}

	@Override
	public String toString() {
		return "CreateSessionRequest[machineId=" + this.machineId + ", gpu=" + this.gpu + ", timeout=" + this.timeout
				+ ", waitForServer=" + this.waitForServer + "]";
	}

	/**
	 * Builder of a {@link CreateSessionRequest}.
	 */
	public static final class Builder {

		private final String machineId;

		private @Nullable Gpu gpu;

		private @Nullable Duration timeout;

		private boolean waitForServer;

		private Builder(String machineId) {
			this.machineId = machineId;
		}

		/**
		 * Ask for a kind of GPU.
		 * @param gpu the GPU, or {@code null} for the machine's own, the default
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = gpu;
			return this;
		}

		/**
		 * Set the time after which the server ends the session.
		 * @param timeout a positive whole number of minutes, or {@code null} for the
		 * server's default of 15 minutes
		 * @return this builder
		 * @throws IllegalArgumentException if it is not a positive whole number of
		 * minutes, or does not fit 32 bits
		 */
		public Builder timeout(@Nullable Duration timeout) {
			this.timeout = (timeout != null) ? Arguments.minutes("timeout", timeout) : null;
			return this;
		}

		/**
		 * Set whether the server answers only once ComfyUI is up, which can take ten
		 * minutes; a client that gives up meanwhile leaves the session running. The
		 * default is not to wait.
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
		public CreateSessionRequest build() {
			return new CreateSessionRequest(this);
		}

	}

}
