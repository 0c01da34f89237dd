package com.comfydeploy.lease;

import java.util.List;
import java.util.Optional;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;

/**
 * Holds sessions on short deadlines that are moved on while the holder is alive, so that
 * a session that nobody gives back ends by itself soon. An implementation can be used
 * from any number of threads.
 *
 * <pre class="code">
 * try (SessionLease lease = leases.open(CreateSessionRequest.forMachine(machineId).build())) {
 *     // lease.url()
 * }
 * </pre>
 *
 * @see SessionLeasesBuilder
 */
public interface SessionLeases {

	/**
	 * Create a session with the configured options and wait until it is ready.
	 * @param request what to create; its own timeout is the first time granted, and
	 * {@code waitForServer} is not used
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the request's timeout is longer than the
	 * lease's longest life; nothing is sent
	 * @throws ComfyDeployException as of
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateSessionRequest request);

	/**
	 * Create a session and wait until it is ready. Whatever fails after the creation
	 * cancels the session again. A creation whose outcome is unknown is not repeated, and
	 * nothing is cancelled that may not be ours:
	 * {@link ComfyDeployException#isOutcomeUnknown()} is true then, and
	 * {@code SessionOperations.list(machineId)} shows what is running.
	 * @param request what to create; its own timeout is the first time granted, and
	 * {@code waitForServer} is not used
	 * @param options what is different from the configured options
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the options contradict each other, or the
	 * request's timeout is longer than the lease's longest life; nothing is sent
	 * @throws ComfyDeployApiException.NotFound if the session is gone, which is how a
	 * failed start shows
	 * @throws SessionNotReadyException if it was not ready in time
	 * @throws LeaseLimitException if there are as many leases as allowed
	 * @throws ComfyDeployTransportException if the thread is interrupted, or the lease is
	 * closed meanwhile
	 * @throws ComfyDeployException if a call fails otherwise
	 */
	SessionLease open(CreateSessionRequest request, LeaseOptions options);

	/**
	 * Create a dynamic session with the configured options and wait until it is ready.
	 * @param request what to create; its own timeout is the first time granted, and
	 * {@code waitForServer} is not used
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the request's timeout is longer than the
	 * lease's longest life; nothing is sent
	 * @throws ComfyDeployException as of
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateDynamicSessionRequest request);

	/**
	 * Create a dynamic session and wait until it is ready.
	 * @param request what to create; its own timeout is the first time granted, and
	 * {@code waitForServer} is not used
	 * @param options what is different from the configured options
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the options contradict each other, or the
	 * request's timeout is longer than the lease's longest life; nothing is sent
	 * @throws ComfyDeployException as of
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateDynamicSessionRequest request, LeaseOptions options);

	/**
	 * Hold a session that runs already, with the configured options, and wait until it is
	 * ready.
	 * @param sessionId the session's id
	 * @return the lease; the caller must close it, which cancels the session
	 * @throws ComfyDeployException as of {@link #adopt(String, LeaseOptions)}
	 */
	SessionLease adopt(String sessionId);

	/**
	 * Hold a session that runs already, and wait until it is ready. It is extended
	 * immediately, because its remaining time by the server's clock is not compared with
	 * a clock of this machine. Its longest life counts from now.
	 * @param sessionId the session's id
	 * @param options what is different from the configured options
	 * @return the lease; the caller must close it, which cancels the session
	 * @throws IllegalArgumentException if the options contradict each other, or the id is
	 * blank, {@code .} or {@code ..}
	 * @throws IllegalStateException if the session is held here already
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws SessionNotReadyException if it was not ready in time, so that it is
	 * cancelled
	 * @throws LeaseLimitException if there are as many leases as allowed
	 * @throws ComfyDeployException if a call fails otherwise
	 */
	SessionLease adopt(String sessionId, LeaseOptions options);

	/**
	 * Find an {@linkplain #active() active} lease.
	 * @param sessionId the session's id
	 * @return the lease, or empty if there is none
	 */
	Optional<SessionLease> find(String sessionId);

	/**
	 * Return the leases that are {@linkplain SessionLease#isOpen() open} now, those
	 * included whose session costs money though it is not ready yet.
	 * @return an immutable list, the oldest first, possibly empty
	 */
	List<SessionLease> active();

	/**
	 * Return the leases that were taken over from a JVM that died, to be held on or to be
	 * closed, those included that have ended since. It takes a store.
	 * @return an immutable list, the earliest takeover first, the last 1,000 at most
	 */
	default List<SessionLease> recovered() {
		return List.of();
	}

	/**
	 * Return the leases of all JVMs that share the store, those of this one included, as
	 * they were when it was read last: every 10 seconds.
	 * @return an immutable list, the oldest first, empty without a store
	 */
	default List<StoredLease> stored() {
		return List.of();
	}

}
