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
 * <li><b>Durable.</b> When a method has returned, what it wrote survives the death of
 * this JVM, and as far as the store promises that at all, of its machine.</li>
 * <li><b>Whole.</b> A method that throws an exception has changed everything or nothing.
 * The caller cannot know which, and calls {@link #remove} later, or repeats the call:
 * every method may be repeated, except {@link #add} and {@link #takeOver}.</li>
 * <li><b>One holder.</b> {@link #reserve}, {@link #update} and {@link #remove} compare
 * the whole {@link LeaseHold}, and change nothing for any other than the present one.
 * Comparing and changing are one step.</li>
 * <li><b>One count.</b> {@link #add} and {@link #reserve} count and write in one step for
 * all JVMs, so that limits hold. A method returns as soon as it has counted: none waits
 * for a place, and no lock outlives the call.</li>
 * <li><b>One clock.</b> Times are taken from the store's own clock where it has one (a
 * database, Redis), never from two machines.</li>
 * </ul>
 * Any method can be called by any number of threads, and throws any
 * {@link RuntimeException} if the store cannot be reached. It should do so within a few
 * seconds. An interrupt of the calling thread must not harm the store.
 *
 * <h2>What is counted</h2> A lease has a place from {@link #add} to {@link #remove}. Its
 * minutes count from the moment it was added: those that lie within the last 24 hours or
 * ahead. They go on counting after the lease was removed, as many as {@link #remove} says
 * it has used.
 */
public interface LeaseStore {

	/**
	 * How long a JVM counts as alive after its last {@link #heartbeat}.
	 */
	Duration HOLDER_TIMEOUT = Duration.ofSeconds(60);

	/**
	 * Add a lease, in phase {@link LeasePhase#CREATING}, before its session is created.
	 * @param hold the lease's own new id, and who opens it
	 * @param description what it is opened for
	 * @param minutes the minutes to reserve for it, positive
	 * @param limits what all leases together may use
	 * @return {@link Reservation#GRANTED}, or which limit refused it; never
	 * {@link Reservation#NOT_HELD}
	 */
	Reservation add(LeaseHold hold, LeaseDescription description, int minutes, LeaseLimits limits);

	/**
	 * Change the minutes that are reserved for a lease: to more before an extension is
	 * sent, back to fewer once it is certain that it was not made. Fewer minutes, or the
	 * same, are never refused by a limit.
	 * @param hold the holder's own
	 * @param minutes all minutes of the lease, those reserved before included, positive
	 * @param limits what all leases together may use; {@code maxOpen} does not matter
	 * here
	 * @return {@link Reservation#GRANTED}, {@link Reservation#MAX_GPU_MINUTES_REACHED} or
	 * {@link Reservation#NOT_HELD}
	 */
	Reservation reserve(LeaseHold hold, int minutes, LeaseLimits limits);

	/**
	 * Change the phase of a lease.
	 * @param hold the holder's own
	 * @param phase the new phase
	 * @param sessionId the session's id, or {@code null} to leave it as it is
	 * @return whether the lease has this holder
	 */
	boolean update(LeaseHold hold, LeasePhase phase, @Nullable String sessionId);

	/**
	 * Remove a lease that is over, and count what it has used.
	 * @param hold the holder's own
	 * @param minutes the minutes to count from its creation on, zero or more
	 * @return whether the lease had this holder
	 */
	boolean remove(LeaseHold hold, int minutes);

	/**
	 * Take over a lease of any holder, dead or alive: who calls this has read that the
	 * holder is dead. Of several callers with the same hold exactly one succeeds.
	 * @param hold the present holder's, as read from {@link #findAll()}
	 * @param instance who takes over
	 * @return the new hold, or empty if the lease has another holder by now or is there
	 * no more
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
	 * @return the leases, the oldest first
	 */
	List<StoredLease> findAll();

}
