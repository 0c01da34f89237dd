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
 * Actuator endpoint {@code comfydeploy}: shows the leases of sessions and closes one. It
 * makes no call to show them.
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
	 * Return the leases that are open.
	 * @return the leases
	 */
	@ReadOperation
	public LeasesDescriptor leases() {
		return new LeasesDescriptor(this.leases.active().stream().map(LeaseDescriptor::of).toList(),
				this.leases.recovered().stream().map(SessionLease::sessionId).toList(),
				this.leases.stored().stream().map(StoredLeaseDescriptor::of).toList());
	}

	/**
	 * Close a lease and wait for the confirmation, as {@link SessionLease#close()} does.
	 * @param sessionId the id of its session
	 * @return status 204, or 404 if there is no such lease
	 */
	@DeleteOperation
	public WebEndpointResponse<Void> close(@Selector String sessionId) {
		Optional<SessionLease> lease = this.leases.find(sessionId);
		lease.ifPresent(SessionLease::close);
		return new WebEndpointResponse<>(
				lease.isPresent() ? WebEndpointResponse.STATUS_NO_CONTENT : WebEndpointResponse.STATUS_NOT_FOUND);
	}

	/**
	 * Close a lease, for a client that cannot send a DELETE.
	 * @param sessionId the id of its session
	 * @return as of {@link #close}
	 */
	@WriteOperation
	public WebEndpointResponse<Void> closeByPost(@Selector String sessionId) {
		return close(sessionId);
	}

	/**
	 * The leases of an application.
	 *
	 * @param leases the leases that are held here, the oldest first
	 * @param recovered the ids of sessions that were taken over from a JVM that died
	 * @param stored the leases of all JVMs that share the store, the oldest first
	 */
	public record LeasesDescriptor(List<LeaseDescriptor> leases, List<String> recovered,
			List<StoredLeaseDescriptor> stored) {

	}

	/**
	 * A lease.
	 *
	 * @param sessionId the id of its session
	 * @param owner whose it is, or {@code null} if nobody was named
	 * @param gpu the kind of GPU, or {@code null} until it is known
	 * @param since when its session was asked for, or {@code null} if that is not known
	 * @param until when the server ends the session unless the lease is extended before
	 * @param url masked, as it is a key to the machine; {@code null} until there is one
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
				return null; // not ready yet
			}
		}

	}

	/**
	 * A lease as the store knows it.
	 *
	 * @param sessionId the id of its session, or {@code null} if it is not known
	 * @param phase how far it has come
	 * @param instance the JVM that holds it
	 * @param holderAlive whether that JVM lives
	 * @param owner the application's own text, or {@code null}
	 * @param machineId the machine, or {@code null}
	 * @param gpu the GPU, or {@code null} if the request leaves it to the machine
	 * @param since when it was opened, by the store's clock
	 * @param minutes the minutes reserved for it
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
