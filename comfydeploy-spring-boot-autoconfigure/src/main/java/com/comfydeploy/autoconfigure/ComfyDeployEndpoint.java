package com.comfydeploy.autoconfigure;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.Gpu;

/**
 * Actuator endpoint {@code comfydeploy} that shows leases and closes a lease. Showing
 * leases sends no request to ComfyDeploy.
 */
@Endpoint(id = "comfydeploy")
public class ComfyDeployEndpoint {

	private final SessionLeases leases;

	/**
	 * Create an endpoint.
	 * @param leases the leases to show
	 */
	public ComfyDeployEndpoint(SessionLeases leases) {
		this.leases = leases;
	}

	/**
	 * Return the open, recovered and stored leases.
	 * @return the leases
	 */
	@ReadOperation
	public LeasesDescriptor leases() {
		return new LeasesDescriptor(this.leases.active().stream().map(LeaseDescriptor::of).toList(),
				this.leases.recovered().stream().map(SessionLease::sessionId).toList(),
				this.leases.stored().stream().map(StoredLeaseDescriptor::of).toList());
	}

	/**
	 * Close a lease and wait for the confirmation, like {@link SessionLease#close()}.
	 * @param sessionId the id of the lease's session
	 * @return status 204, or 404 if this application has no such lease
	 */
	@DeleteOperation
	public WebEndpointResponse<Void> close(@Selector String sessionId) {
		Optional<SessionLease> lease = this.leases.find(sessionId);
		lease.ifPresent(SessionLease::close);
		return new WebEndpointResponse<>(
				lease.isPresent() ? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * Close a lease, for tools that do not support {@code DELETE}.
	 * @param sessionId the id of the lease's session
	 * @return the same as {@link #close}
	 */
	@WriteOperation
	public WebEndpointResponse<Void> closeByPost(@Selector String sessionId) {
		return close(sessionId);
	}

	/**
	 * Description of the leases of an application.
	 *
	 * @param leases the open leases, the oldest first
	 * @param recovered the ids of the sessions that were taken over from a JVM that died
	 * @param stored the leases of all JVMs that share the store, the oldest first
	 */
	public record LeasesDescriptor(List<LeaseDescriptor> leases, List<String> recovered,
			List<StoredLeaseDescriptor> stored) {

	}

	/**
	 * Description of an open lease.
	 *
	 * @param sessionId the id of the lease's session
	 * @param owner the owner, or {@code null} if none was set
	 * @param gpu the GPU, or {@code null} if it is not known yet
	 * @param since the time at which the session was requested, or {@code null} if it is
	 * not known
	 * @param until the deadline of the session
	 * @param url the masked URL, because the URL gives access to the machine;
	 * {@code null} if the session is not ready yet
	 */
	public record LeaseDescriptor(String sessionId, @Nullable String owner, @Nullable String gpu,
			@Nullable Instant since, Instant until, @Nullable String url) {

		static LeaseDescriptor of(SessionLease lease) {
			Gpu gpu = lease.gpu();
			return new LeaseDescriptor(lease.sessionId(), lease.owner(), (gpu != null) ? gpu.value() : null,
					lease.openedAt(), lease.expiresAt(), maskedUrl(lease));
		}

		private static @Nullable String maskedUrl(SessionLease lease) {
			try {
				lease.url();
				return "******";
			}
			catch (IllegalStateException ex) {
				return null; // Not ready yet
			}
		}

	}

	/**
	 * Description of a lease in the store.
	 *
	 * @param sessionId the id of the session, or {@code null} if it is not known
	 * @param phase the phase of the lease
	 * @param instance the identifier of the JVM that holds the lease
	 * @param holderAlive whether the JVM that holds the lease is alive
	 * @param owner the owner, or {@code null} if none was set
	 * @param machineId the machine id, or {@code null} if there is none
	 * @param gpu the GPU of the request, or {@code null} for the GPU of the machine
	 * @param since the time at which the lease was opened, by the clock of the store
	 * @param minutes the minutes reserved for the lease
	 */
	public record StoredLeaseDescriptor(@Nullable String sessionId, LeasePhase phase, String instance,
			boolean holderAlive, @Nullable String owner, @Nullable String machineId, @Nullable String gpu,
			Instant since, int minutes) {

		static StoredLeaseDescriptor of(StoredLease lease) {
			LeaseDescription description = lease.description();
			Gpu gpu = description.gpu();
			return new StoredLeaseDescriptor(lease.sessionId(), lease.phase(), lease.hold().instance(),
					lease.holderAlive(), description.owner(), description.machineId(),
					(gpu != null) ? gpu.value() : null, lease.openedAt(), lease.minutes());
		}

	}

}
