package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoreResult;

/**
 * The row of one lease in the store. While the store is unavailable, changes are kept
 * until {@link #flush} writes them, and the lease continues. If the store has lost the
 * row, it is written again.
 */
final class StoredLeaseRecord implements LeaseRecord {

	/** Maximum time to wait for an earlier call and the call itself. */
	private static final Duration LONGEST = StoreConnection.TIMEOUT.multipliedBy(2);

	/**
	 * Maximum number of failed reservations in a row before an extension is sent without
	 * one.
	 */
	private static final int MAX_RESERVATIONS = 3;

	private final OrderedStoreCalls calls;

	private final Heartbeat heartbeat;

	private final LeaseLimits limits;

	private final LeaseScheduler scheduler;

	private final boolean adoptable;

	private final LeaseHold hold;

	private final LeaseDescription description;

	/** By the scheduler's monotonic clock. */
	private final long openedAt;

	/** Guards the fields below. The store is never called while this lock is held. */
	private final Object lock = new Object();

	private LeasePhase phase;

	private @Nullable String sessionId;

	private int minutes;

	private boolean removed;

	private boolean minutesPending;

	private boolean phasePending;

	/** Number of reservations that have failed since the store last responded in time. */
	private int failedReservations;

	/** Number of changes so far. */
	private int version;

	/** The change that is being written. */
	private @Nullable Change writing;

	/**
	 * Never reset: a late result of an earlier call must not make a lost lease valid
	 * again.
	 */
	private volatile boolean lost;

	/** The pauses of this JVM before the store last confirmed the hold. */
	private volatile int confirmedPauses;

	/**
	 * Create a record.
	 * @param adoptable whether a JVM that takes over the lease continues to hold it
	 */
	StoredLeaseRecord(StoreConnection store, Heartbeat heartbeat, LeaseLimits limits, LeaseScheduler scheduler,
			boolean adoptable, NewLease lease) {
		this.calls = new OrderedStoreCalls(store, scheduler);
		this.heartbeat = heartbeat;
		this.limits = limits;
		this.scheduler = scheduler;
		this.adoptable = adoptable;
		this.hold = lease.hold();
		this.description = lease.description();
		this.openedAt = scheduler.nanoTime() - lease.age().toNanos();
		this.phase = lease.phase();
		this.sessionId = lease.sessionId();
		this.minutes = lease.minutes();
		this.confirmedPauses = heartbeat.pauses();
	}

	LeaseHold hold() {
		return this.hold;
	}

	LeaseDescription description() {
		return this.description;
	}

	/**
	 * Return whether another JVM is not known to have taken over.
	 */
	boolean isHeld() {
		return !this.lost;
	}

	/**
	 * Record that another JVM has taken over.
	 */
	void lose() {
		this.lost = true;
	}

	/**
	 * Record that the store has shown the hold.
	 * @param pauses the pauses of this JVM before it was read
	 */
	void confirm(int pauses) {
		synchronized (this.lock) {
			this.confirmedPauses = Math.max(this.confirmedPauses, pauses);
		}
	}

	@Override
	public int minutes() {
		synchronized (this.lock) {
			return this.minutes;
		}
	}

	@Override
	public StoreResult reserve(int minutes, BooleanSupplier urgent) {
		if (this.lost) {
			return StoreResult.NOT_HELD;
		}
		int pauses = this.heartbeat.pauses();
		try {
			StoreResult result = write(StoreConnection.TIMEOUT, LONGEST, (change) -> reservation(change, minutes));
			reserved(result, minutes);
			return result;
		}
		catch (LeaseStoreException ex) {
			boolean limitCanWait = reservationFailed() && !urgent.getAsBoolean();
			// Another JVM may have taken over during a pause
			if (this.confirmedPauses < pauses || limitCanWait) {
				throw ex;
			}
			changed(() -> {
				this.minutes = minutes;
				this.minutesPending = true;
			});
			return StoreResult.DONE;
		}
	}

	/** The minutes of a removal that came meanwhile are final. */
	private void reserved(StoreResult result, int minutes) {
		synchronized (this.lock) {
			this.failedReservations = 0;
			if (result == StoreResult.DONE && !this.removed) {
				this.minutes = minutes;
			}
		}
	}

	/**
	 * Count a failed reservation. A single failure does not mean that the store is
	 * unavailable.
	 * @return whether there is a limit, and the store should be asked again to check it
	 */
	private boolean reservationFailed() {
		synchronized (this.lock) {
			this.failedReservations++;
			return this.limits.maxGpuMinutesPerDay() != null && this.failedReservations < MAX_RESERVATIONS;
		}
	}

	/**
	 * Return a call that writes what is pending, and then reserves minutes.
	 */
	private Function<LeaseStore, StoreResult> reservation(Change pending, int minutes) {
		return (store) -> {
			this.heartbeat.refresh(store);
			StoreResult result = pending.writeTo(store);
			if (result == StoreResult.DONE) {
				result = store.reserve(this.hold, minutes, this.limits);
			}
			if (result == StoreResult.ABSENT) {
				result = store.add(pending.lease(), LeaseLimits.none());
				return (result == StoreResult.DONE) ? store.reserve(this.hold, minutes, this.limits) : result;
			}
			return result;
		};
	}

	@Override
	public void release(int minutes) {
		change(LONGEST, () -> {
			this.minutes = minutes;
			this.minutesPending = true;
		});
	}

	@Override
	public boolean close(@Nullable String sessionId, Duration bound) {
		return update(LeasePhase.CLOSING, sessionId, Durations.min(bound.dividedBy(4), StoreConnection.BRIEF));
	}

	@Override
	public boolean update(LeasePhase phase, @Nullable String sessionId) {
		return update(phase, sessionId, LONGEST);
	}

	private boolean update(LeasePhase phase, @Nullable String sessionId, Duration limit) {
		return change(limit, () -> {
			// The end of a lease may be recorded more than once
			this.phasePending |= phase != LeasePhase.CLOSE_UNCONFIRMED || this.phase != phase;
			// A lease can be closed before its session is recorded as held
			this.phase = (phase == LeasePhase.HELD && this.phase == LeasePhase.CLOSING) ? this.phase : phase;
			this.sessionId = (sessionId != null) ? sessionId : this.sessionId;
		});
	}

	/**
	 * Claim a session for a lease whose create had an unknown outcome. Unlike other
	 * changes, this change is not repeated later.
	 * @return {@link StoreResult#DONE}, or why the session cannot be claimed
	 * @throws LeaseStoreException if the store cannot be reached
	 */
	StoreResult claim(String sessionId) {
		return this.calls.call(StoreConnection.TIMEOUT, LONGEST,
				() -> (store) -> store.update(this.hold, LeasePhase.CLOSING, sessionId),
				(result) -> claimed(sessionId, result));
	}

	private void claimed(String sessionId, @Nullable StoreResult result) {
		synchronized (this.lock) {
			if (result == StoreResult.DONE && !this.removed) {
				this.phase = LeasePhase.CLOSING;
				this.sessionId = sessionId;
				this.phasePending = false;
			}
			else if (result == StoreResult.NOT_HELD) {
				lose();
			}
		}
	}

	@Override
	public boolean mayBeAdopted() {
		return this.adoptable && this.confirmedPauses < this.heartbeat.pauses();
	}

	@Override
	public void remove(int minutes) {
		change(LONGEST, () -> {
			this.removed = true;
			this.minutes = minutes;
			this.phasePending = true;
		});
	}

	/**
	 * Return whether nothing will be written any more.
	 */
	boolean isOver() {
		synchronized (this.lock) {
			boolean over = this.removed || this.phase == LeasePhase.CLOSE_UNCONFIRMED;
			return this.lost || (over && !isPending());
		}
	}

	/**
	 * Write what could not be written before.
	 * @param patience the time to wait for a write in progress
	 */
	void flush(Duration patience) {
		synchronized (this.lock) {
			if (this.lost || !isPending()) {
				return;
			}
		}
		write(patience, LONGEST);
	}

	/**
	 * Check why the store does not list the lease. If the store has no record of the
	 * lease, write it again.
	 */
	void verify() {
		// What is being written shows it, too
		if (!this.calls.isBusy()) {
			change(LONGEST, () -> this.phasePending = true);
		}
	}

	private boolean isPending() {
		return this.minutesPending || this.phasePending;
	}

	private boolean change(Duration limit, Runnable change) {
		if (changed(change)) {
			write(StoreConnection.TIMEOUT, limit);
		}
		return !this.lost;
	}

	/**
	 * Make a change that is written later. Nothing changes after the removal.
	 * @return whether there is anything to write
	 */
	private boolean changed(Runnable change) {
		synchronized (this.lock) {
			if (this.removed || this.lost) {
				return false;
			}
			change.run();
			this.version++;
			return isPending();
		}
	}

	/**
	 * Write what has changed. Minutes that were reserved while the store was unavailable
	 * count regardless of the limits, because they are spent.
	 */
	private void write(Duration patience, Duration limit) {
		try {
			write(patience, limit, (change) -> change.orPhase()::writeTo);
			synchronized (this.lock) {
				this.failedReservations = 0;
			}
		}
		catch (LeaseStoreException ex) {
			// It is written when the store can be reached again
		}
	}

	private StoreResult write(Duration patience, Duration limit,
			Function<Change, Function<LeaseStore, StoreResult>> call) {
		int pauses = this.heartbeat.pauses();
		return this.calls.call(patience, limit, () -> call.apply(writing()), (result) -> written(result, pauses));
	}

	private Change writing() {
		synchronized (this.lock) {
			Change change = change();
			this.writing = change;
			return change;
		}
	}

	/**
	 * Record that a change was written. Later changes are still pending.
	 */
	private void written(@Nullable StoreResult result, int pauses) {
		synchronized (this.lock) {
			Change change = this.writing;
			this.writing = null;
			if (result == null || change == null) {
				return;
			}
			if (change.version() == this.version) {
				this.minutesPending = false;
				this.phasePending = false;
			}
			confirm(pauses);
			if (!change.removed() && (result == StoreResult.NOT_HELD || result == StoreResult.SESSION_TAKEN)) {
				lose();
			}
		}
	}

	private Change change() {
		Duration age = Duration.ofNanos(this.scheduler.nanoTime() - this.openedAt);
		return new Change(
				new NewLease(this.hold, this.description, this.phase, this.sessionId, Math.max(1, this.minutes), age),
				this.minutes, this.removed, this.minutesPending, this.phasePending, this.version);
	}

	/**
	 * The changes of a lease that are pending at one moment.
	 *
	 * @param lease the lease as it is now
	 * @param minutes its minutes, zero or more
	 * @param removed whether it was removed
	 * @param minutesChanged whether its minutes have changed
	 * @param phaseChanged whether its phase or session has changed
	 * @param version the number of changes so far
	 */
	private record Change(NewLease lease, int minutes, boolean removed, boolean minutesChanged, boolean phaseChanged,
			int version) {

		/**
		 * Return this change, or its phase if nothing is pending any more: then an
		 * earlier call has written it.
		 */
		Change orPhase() {
			return (this.minutesChanged || this.phaseChanged) ? this
					: new Change(this.lease, this.minutes, this.removed, false, true, this.version);
		}

		StoreResult writeTo(LeaseStore store) {
			LeaseHold hold = this.lease.hold();
			if (this.removed) {
				return store.remove(hold, this.minutes);
			}
			StoreResult result = StoreResult.DONE;
			if (this.minutesChanged) {
				result = store.reserve(hold, this.minutes, LeaseLimits.none());
			}
			if (result == StoreResult.DONE && this.phaseChanged) {
				result = store.update(hold, this.lease.phase(), this.lease.sessionId());
			}
			if (result == StoreResult.ABSENT) {
				result = store.add(this.lease, LeaseLimits.none());
			}
			if (result == StoreResult.SESSION_TAKEN) {
				store.remove(hold, 0);
			}
			return result;
		}

	}

}
