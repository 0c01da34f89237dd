package com.comfydeploy.lease.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Store of leases. It keeps the records of leases when the JVM that opened them has
 * ended, and counts the leases of all JVMs that share the store. An application's own
 * bean of this type replaces the configured store. {@code AbstractLeaseStoreTests} in
 * {@code comfydeploy-spring-boot-test} tests whether a store keeps this contract.
 *
 * <h2>What every store guarantees</h2>
 * <ul>
 * <li><b>Durable.</b> When a method returns, its change survives the end of this JVM, and
 * of its machine if the store supports this.</li>
 * <li><b>Atomic.</b> A method that throws an exception has made its whole change, or none
 * of it. The caller cannot know which of the two happened, so it calls the method again.
 * A repeated call must therefore have the same effect as a single one.</li>
 * <li><b>One holder.</b> {@link #reserve}, {@link #update}, {@link #remove} and
 * {@link #takeOver} compare the whole {@link LeaseHold}, and change nothing unless it
 * equals the present one. They compare and change in one atomic step.</li>
 * <li><b>No takeover from a holder that is alive.</b> {@link #takeOver} also compares the
 * last heartbeat of the holder, in the same atomic step, because a call may be carried
 * out late.</li>
 * <li><b>One lease for a session.</b> Two leases of the store never have the same session
 * id, even if one of them was removed (except with zero minutes): {@link #add} and
 * {@link #update} refuse the second one.</li>
 * <li><b>One count.</b> {@link #add} and {@link #reserve} count and write in one atomic
 * step, so that limits are kept even if several JVMs share the store. A method does not
 * wait until a limit permits the lease, and holds no lock after it returns.</li>
 * <li><b>One clock.</b> If the store has its own clock, as a database or Redis does, all
 * times are read from it. Times of two machines are never compared.</li>
 * </ul>
 * Methods are thread-safe. A method throws a {@link RuntimeException} if the store cannot
 * be reached. It should do so within a few seconds. An interrupt of the calling thread
 * must not harm the store.
 *
 * <h2>How it is called</h2> The library calls the methods on threads of its own, which
 * have nothing of the application's threads: no transaction, no MDC, no other
 * thread-local. It makes at most 16 calls at the same time, and 3 further heartbeats. It
 * waits for at most 5 seconds for each call. A call that takes longer is neither
 * interrupted nor forgotten: its caller continues as if the store were unavailable, and
 * the result counts when the call returns. Until then the JVM makes no later change to
 * the same lease, so that a late call never overwrites it. A call that never returns
 * keeps its thread as long as the JVM lives, so an implementation should set the timeouts
 * of its driver.
 *
 * <h2>What is counted</h2> A lease counts towards {@code maxOpen} from {@link #add} to
 * {@link #remove}. The minutes of a lease are consecutive and begin when the lease is
 * created. A minute counts towards {@code maxGpuMinutesPerDay} until it is more than 24
 * hours ago. Minutes of an open lease that are still in the future count too. When a
 * lease is removed, the minutes that are passed to {@link #remove} replace the reserved
 * minutes. The store keeps the removed lease as long as some of its minutes count.
 */
public interface LeaseStore {

	/**
	 * Time for which a JVM counts as alive after its last {@link #heartbeat}.
	 */
	Duration HOLDER_TIMEOUT = Duration.ofSeconds(60);

	/**
	 * Add a lease before its session is created. If the store already has a lease with
	 * the same hold, and the lease was not removed, this method changes nothing and
	 * returns {@link StoreResult#DONE}.
	 * @param lease the lease, with a new id of its own
	 * @param limits the limits for all leases together
	 * @return {@link StoreResult#DONE}, {@link StoreResult#MAX_OPEN_REACHED},
	 * {@link StoreResult#MAX_GPU_MINUTES_REACHED}, {@link StoreResult#SESSION_TAKEN}, or
	 * {@link StoreResult#NOT_HELD} if the store remembers a lease with the same id that
	 * has another holder or was removed
	 */
	StoreResult add(NewLease lease, LeaseLimits limits);

	/**
	 * Change the minutes that are reserved for a lease. The caller reserves more minutes
	 * before it sends an extension. If the server has certainly not processed the
	 * extension, the caller reduces the minutes again. Limits apply only if the minutes
	 * increase.
	 * @param hold the present hold
	 * @param minutes all minutes of the lease, including those that were reserved before;
	 * positive
	 * @param limits the limits for all leases together; {@code maxOpen} is ignored
	 * @return {@link StoreResult#DONE}, {@link StoreResult#MAX_GPU_MINUTES_REACHED},
	 * {@link StoreResult#NOT_HELD} or {@link StoreResult#ABSENT}
	 */
	StoreResult reserve(LeaseHold hold, int minutes, LeaseLimits limits);

	/**
	 * Change the phase of a lease.
	 * @param hold the present hold
	 * @param phase the new phase
	 * @param sessionId the session's id, or {@code null} to leave it as it is
	 * @return {@link StoreResult#DONE}, {@link StoreResult#SESSION_TAKEN},
	 * {@link StoreResult#NOT_HELD} or {@link StoreResult#ABSENT}
	 */
	StoreResult update(LeaseHold hold, LeasePhase phase, @Nullable String sessionId);

	/**
	 * Remove a lease that has ended, and count what it has used.
	 * @param hold the present hold
	 * @param minutes the minutes to count from its creation on; zero for a lease that was
	 * not used, after which another lease may have its session's id
	 * @return {@link StoreResult#DONE}, {@link StoreResult#NOT_HELD} or
	 * {@link StoreResult#ABSENT}
	 */
	StoreResult remove(LeaseHold hold, int minutes);

	/**
	 * Take over a lease from a holder that the caller considers dead. This succeeds only
	 * if the lease still has the same hold, and the last heartbeat of its holder is still
	 * {@link StoredLease#holderSeenAt()}, or the store still has none. The store does not
	 * check how old this heartbeat is. If the holder has the same id as the caller, it is
	 * an earlier process of the caller, and heartbeats are not compared. If several
	 * callers have read the same lease, exactly one of them succeeds.
	 * <p>
	 * The store compares the heartbeat when no other call can change the lease any more.
	 * So a holder that has written a heartbeat, and then has changed the lease, keeps it,
	 * even if this method was called before.
	 * @param lease the lease as returned by {@link #findAll()}
	 * @param instance the id of the JVM that takes over
	 * @return the new hold, or empty if the lease has another holder by now, was removed,
	 * or has a holder that has written a heartbeat since
	 */
	Optional<LeaseHold> takeOver(StoredLease lease, String instance);

	/**
	 * Record that a JVM is alive. Each JVM calls this method about every 10 seconds, and
	 * before its first {@link #add}.
	 * @param instance the id of the JVM
	 */
	void heartbeat(String instance);

	/**
	 * Return the leases of all holders, in every phase, without those that were removed.
	 * Each contains its holder's last heartbeat. A JVM counts as failed immediately if
	 * its last heartbeat is {@code null}. Otherwise it counts as failed if its last
	 * heartbeat has not changed for {@link #HOLDER_TIMEOUT}, both by the clock of the
	 * store and by the clock of the reader.
	 * @return the leases, the oldest first
	 */
	List<StoredLease> findAll();

}
