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
 * Operations to open and find leases. A lease extends the deadline of its session a few
 * minutes at a time. If this JVM fails, nobody extends the deadline, so the session ends
 * within minutes. Implementations must be thread-safe.
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
	 * @param request the request; its timeout, if set, is the initial timeout of the
	 * session, and {@code waitForServer} is ignored
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the request's timeout is longer than the
	 * lease's maximum lifetime; nothing is sent
	 * @throws ComfyDeployException for the same reasons as
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateSessionRequest request);

	/**
	 * Create a session and wait until it is ready. If a step after the creation fails,
	 * the session is cancelled. A create with an unknown outcome is not repeated:
	 * {@link ComfyDeployException#isOutcomeUnknown()} is then {@code true}. To find its
	 * session, call {@code SessionOperations.list(machineId)} and
	 * {@code MachineOperations.events(machineId)}. With a store, the lease searches for
	 * the session itself, and cancels it if it can be identified.
	 * @param request the request; its timeout, if set, is the initial timeout of the
	 * session, and {@code waitForServer} is ignored
	 * @param options the options that replace configured ones
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the options contradict each other, or the
	 * request's timeout is longer than the lease's maximum lifetime; nothing is sent
	 * @throws ComfyDeployApiException.NotFound if the session has ended before it was
	 * ready: its start failed, or somebody else cancelled it
	 * @throws SessionNotReadyException if the session was not ready in time
	 * @throws LeaseLimitException if a limit does not allow another lease
	 * @throws ComfyDeployTransportException if the thread is interrupted, or the lease is
	 * closed while this method waits
	 * @throws ComfyDeployException if a call fails otherwise
	 */
	SessionLease open(CreateSessionRequest request, LeaseOptions options);

	/**
	 * Create a dynamic session with the configured options and wait until it is ready.
	 * @param request the request; its timeout, if set, is the initial timeout of the
	 * session, and {@code waitForServer} is ignored
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the request's timeout is longer than the
	 * lease's maximum lifetime; nothing is sent
	 * @throws ComfyDeployException for the same reasons as
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateDynamicSessionRequest request);

	/**
	 * Create a dynamic session and wait until it is ready.
	 * @param request the request; its timeout, if set, is the initial timeout of the
	 * session, and {@code waitForServer} is ignored
	 * @param options the options that replace configured ones
	 * @return the lease; the caller must close it
	 * @throws IllegalArgumentException if the options contradict each other, or the
	 * request's timeout is longer than the lease's maximum lifetime; nothing is sent
	 * @throws ComfyDeployException for the same reasons as
	 * {@link #open(CreateSessionRequest, LeaseOptions)}
	 */
	SessionLease open(CreateDynamicSessionRequest request, LeaseOptions options);

	/**
	 * Open a lease for a session that already exists, with the configured options, and
	 * wait until the session is ready.
	 * @param sessionId the session's id
	 * @return the lease; the caller must close it, which cancels the session
	 * @throws ComfyDeployException for the same reasons as
	 * {@link #adopt(String, LeaseOptions)}
	 */
	SessionLease adopt(String sessionId);

	/**
	 * Open a lease for a session that already exists, and wait until the session is
	 * ready. The session is extended immediately, because its remaining time is not
	 * known: the clocks of the server and this machine may differ. The maximum lifetime
	 * of the lease starts now.
	 * @param sessionId the session's id
	 * @param options the options that replace configured ones
	 * @return the lease; the caller must close it, which cancels the session
	 * @throws IllegalArgumentException if the options contradict each other, or the id is
	 * blank, {@code .} or {@code ..}
	 * @throws IllegalStateException if the session already has a lease
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws SessionNotReadyException if the session was not ready in time, and was
	 * therefore cancelled
	 * @throws LeaseLimitException if a limit does not allow another lease
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
	 * Return the {@linkplain SessionLease#isOpen() open} leases, including those whose
	 * session is not ready yet.
	 * @return an immutable list, the oldest first, possibly empty
	 */
	List<SessionLease> active();

	/**
	 * Return the leases that were taken over from a failed JVM, including those that have
	 * ended. Requires a store.
	 * @return an immutable list of at most the latest 1,000 leases, the earliest takeover
	 * first
	 */
	default List<SessionLease> recovered() {
		return List.of();
	}

	/**
	 * Return the leases of all JVMs that share the store, including this one. The list is
	 * read from the store every 10 seconds.
	 * @return an immutable list, the oldest first, empty without a store
	 */
	default List<StoredLease> stored() {
		return List.of();
	}

}
