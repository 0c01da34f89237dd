package com.comfydeploy.lease.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Store of leases. It remembers leases beyond the life of the JVM that opened them, and
 * counts them for all JVMs that share the store. An application's own bean of this type
 * replaces the configured store. {@code AbstractLeaseStoreTests} in
 * {@code comfydeploy-spring-boot-test} tests whether a store keeps this contract.
 *
 * <h2>What every store guarantees</h2>
 * <ul>
 * <li><b>Durable.</b> When a method returns, its change survives the end of this JVM, and
 * of its machine if the store supports this.</li>
 * <li><b>Atomic.</b> A method that throws an exception has made its whole change, or none
 * of it. The caller cannot know which, and repeats the call. A repeated call must
 * therefore have the same effect as a single one.</li>
 * <li><b>One holder.</b> {@link #reserve}, {@link #update}, {@link #remove} and
 * {@link #takeOver} compare the whole {@link LeaseHold}, and change nothing unless it
 * equals the present one. They compare and change in one atomic step.</li>
 * <li><b>One lease for a session.</b> Of all leases that the store remembers, including
 * those that were removed, at most one has a given session id: {@link #add} and
 * {@link #update} refuse a second one.</li>
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
 * <h2>What is counted</h2> A lease counts towards {@code maxOpen} from {@link #add} to
 * {@link #remove}. Its minutes are a period that begins with its creation. Those that are
 * less than 24 hours ago, or in the future, count. After the lease was removed, the
 * minutes that were passed to {@link #remove} count instead. The store remembers that the
 * lease was removed as long as they count.
 */
public interface LeaseStore {

	/**
	 * Time for which a JVM counts as alive after its last {@link #heartbeat}.
	 */
	Duration HOLDER_TIMEOUT = Duration.ofSeconds(60);

	/**
	 * Add a lease before its session is created. If the store already has a lease with
	 * this hold that was not removed, that lease is not changed.
	 * @param lease the lease, with a new id of its own
	 * @param limits the limits for all leases together
	 * @return {@link StoreResult#DONE}, {@link StoreResult#MAX_OPEN_REACHED},
	 * {@link StoreResult#MAX_GPU_MINUTES_REACHED}, {@link StoreResult#SESSION_TAKEN}, or
	 * {@link StoreResult#NOT_HELD} if the store remembers a lease with the same id that
	 * has another holder or was removed
	 */
	StoreResult add(NewLease lease, LeaseLimits limits);

	/**
	 * Change the minutes that are reserved for a lease. The caller reserves more before
	 * it sends an extension, and fewer again if it is certain that the server did not
	 * carry out the extension. A limit never refuses fewer minutes, or the same.
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
	 * Take over a lease. The store does not check whether the holder is alive. If several
	 * callers have the same hold, exactly one of them succeeds.
	 * @param hold the present hold, as read from {@link #findAll()}
	 * @param instance the id of the JVM that takes over
	 * @return the new hold, or empty if the lease has another holder by now or was
	 * removed
	 */
	Optional<LeaseHold> takeOver(LeaseHold hold, String instance);

	/**
	 * Record that a JVM is alive. It is called about every 10 seconds, and before the
	 * JVM's first {@link #add}.
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
