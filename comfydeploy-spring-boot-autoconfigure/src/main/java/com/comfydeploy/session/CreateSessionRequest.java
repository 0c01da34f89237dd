package com.comfydeploy.session;

import java.time.Duration;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Request to create a session on a machine. Immutable.
 *
 * @see #forMachine(String)
 * @see #forMachine(SessionHost)
 * @see SessionOperations#create(CreateSessionRequest)
 */
public final class CreateSessionRequest {

	private final String machineId;

	private final boolean machineHasGpu;

	private final @Nullable Gpu gpu;

	private final @Nullable Duration timeout;

	private final boolean waitForServer;

	private CreateSessionRequest(Builder builder) {
		this.machineId = builder.machineId;
		this.machineHasGpu = builder.machineHasGpu;
		this.gpu = builder.gpu;
		this.timeout = builder.timeout;
		this.waitForServer = builder.waitForServer;
	}

	/**
	 * Create a builder for a session on a machine.
	 * @param machineId the machine's id
	 * @return a builder
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 */
	public static Builder forMachine(String machineId) {
		return new Builder(Arguments.requireId("machineId", machineId), true);
	}

	/**
	 * Create a builder for a session on a machine. This method checks, without sending a
	 * request, that the machine supports sessions. {@link #forMachine(String)} does not
	 * check this.
	 * @param machine the machine
	 * @return a builder, which requires a GPU if the machine has none
	 * @throws IllegalArgumentException if the machine does not support sessions; the
	 * message contains the reason
	 */
	public static Builder forMachine(SessionHost machine) {
		Assert.notNull(machine, "machine must not be null");
		machine.sessionObstacle().ifPresent((obstacle) -> {
			throw new IllegalArgumentException("A session cannot be created on machine '" + machine.name() + "' ("
					+ machine.id() + "): " + obstacle);
		});
		return new Builder(Arguments.requireId("machineId", machine.id()), machine.gpu() != null);
	}

	/**
	 * Create a builder with the values of this request.
	 * @return a builder
	 */
	public Builder mutate() {
		return new Builder(this.machineId, this.machineHasGpu).gpu(this.gpu)
			.timeout(this.timeout)
			.waitForServer(this.waitForServer);
	}

	/**
	 * Return the id of the machine.
	 * @return the machine id
	 */
	public String machineId() {
		return this.machineId;
	}

	/**
	 * Return the GPU.
	 * @return the GPU, or {@code null} for the GPU of the machine
	 */
	public @Nullable Gpu gpu() {
		return this.gpu;
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
	 * Return whether the server waits until ComfyUI is available before it responds.
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

		private final boolean machineHasGpu;

		private @Nullable Gpu gpu;

		private @Nullable Duration timeout;

		private boolean waitForServer;

		private Builder(String machineId, boolean machineHasGpu) {
			this.machineId = machineId;
			this.machineHasGpu = machineHasGpu;
		}

		/**
		 * Set the GPU.
		 * @param gpu the GPU, or {@code null} for the GPU of the machine, the default
		 * @return this builder
		 */
		public Builder gpu(@Nullable Gpu gpu) {
			this.gpu = gpu;
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
		 * @throws IllegalArgumentException if the builder was created from a machine
		 * without a GPU, and no GPU is set. The API cannot return such a session:
		 * {@code get} fails
		 */
		public CreateSessionRequest build() {
			Assert.isTrue(this.machineHasGpu || this.gpu != null,
					() -> "Machine " + this.machineId + " has no GPU: set the GPU of the request");
			return new CreateSessionRequest(this);
		}

	}

}
