package com.comfydeploy.lease.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * Remembers leases beyond the life of the JVM that opened them, and counts them for all
 * JVMs that share it. An application's own bean of this type replaces the configured
 * store; {@code AbstractLeaseStoreTests} in {@code comfydeploy-spring-boot-test} is this
 * contract as tests.
 *
 * <h2>What every store guarantees</h2>
 * <ul>
 * <li><b>Durable.</b> What a method has written when it returns survives the end of this
 * JVM, and of its machine if the store supports this.</li>
 * <li><b>Atomic.</b> A method that throws an exception has changed everything or nothing.
 * The caller cannot know which, and repeats the call: every method may be repeated.</li>
 * <li><b>One holder.</b> {@link #reserve}, {@link #update}, {@link #remove} and
 * {@link #takeOver} compare the whole {@link LeaseHold}, and change nothing for any other
 * than the present one. Comparing and changing are one step.</li>
 * <li><b>One lease for a session.</b> Of all leases that the store remembers, also those
 * that were removed, at most one has a given session id: {@link #add} and {@link #update}
 * refuse a second one.</li>
 * <li><b>One count.</b> {@link #add} and {@link #reserve} count and write in one step for
 * all JVMs, so that limits hold. A method does not wait until a limit permits the lease,
 * and holds no lock after it returns.</li>
 * <li><b>One clock.</b> Times are taken from the store's own clock where it has one (a
 * database, Redis), never from two machines.</li>
 * </ul>
 * Methods are thread-safe. A method throws a {@link RuntimeException} if the store cannot
 * be reached. It should do so within a few seconds. An interrupt of the calling thread
 * must not harm the store.
 *
 * <h2>What is counted</h2> A lease counts towards {@code maxOpen} from {@link #add} to
 * {@link #remove}. Its minutes count from its creation on: those that lie within the last
 * 24 hours or ahead. They keep counting after the lease was removed, as many as
 * {@link #remove} says it has used; as long as they count, the store remembers that the
 * lease was removed.
 */
public interface LeaseStore {

	/**
	 * Time for which a JVM counts as alive after its last {@link #heartbeat}.
	 */
	Duration HOLDER_TIMEOUT = Duration.ofSeconds(60);

	/**
	 * Add a lease, before its session is created. A lease that was added before with the
	 * same hold, and was not removed, stays as it is.
	 * @param lease the lease, with a new id of its own
	 * @param limits the limits for all leases together
	 * @return {@link StoreResult#DONE}, {@link StoreResult#MAX_OPEN_REACHED},
	 * {@link StoreResult#MAX_GPU_MINUTES_REACHED}, {@link StoreResult#SESSION_TAKEN}, or
	 * {@link StoreResult#NOT_HELD} if there is a lease of that id with another holder, or
	 * there was one
	 */
	StoreResult add(NewLease lease, LeaseLimits limits);

	/**
	 * Change the minutes that are reserved for a lease: to more before an extension is
	 * sent, back to fewer once it is certain that it was not made. Fewer minutes, or the
	 * same, are never refused by a limit.
	 * @param hold the present hold
	 * @param minutes all minutes of the lease, those reserved before included, positive
	 * @param limits the limits for all leases together; {@code maxOpen} does not matter
	 * here
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
	 * not used, whose session's id is free for another lease
	 * @return {@link StoreResult#DONE}, {@link StoreResult#NOT_HELD} or
	 * {@link StoreResult#ABSENT}
	 */
	StoreResult remove(LeaseHold hold, int minutes);

	/**
	 * Take over a lease. The store does not check whether the holder is alive. Of several
	 * callers with the same hold exactly one succeeds.
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
	 * Each has its holder's last heartbeat. A JVM counts as failed if its last heartbeat
	 * has not changed for {@link #HOLDER_TIMEOUT}, by both the store's and the reader's
	 * clock, or immediately if it is {@code null}.
	 * @return the leases, the oldest first
	 */
	List<StoredLease> findAll();

}
