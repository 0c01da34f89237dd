package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoreResult;

/**
 * The row of one lease in the store. While the store is unavailable, changes wait for
 * {@link #flush()}, and the lease is held as if they had been written. A row that the
 * store has lost is written again.
 */
final class StoredLeaseRecord implements LeaseRecord {

	private final StoreConnection store;

	private final Heartbeat heartbeat;

	private final LeaseLimits limits;

	private final LeaseScheduler scheduler;

	private final LeaseHold hold;

	private final LeaseDescription description;

	/** By the scheduler's monotonic clock. */
	private final long openedAt;

	/** Orders what several threads write of one lease. */
	private final ReentrantLock lock = new ReentrantLock();

	private LeasePhase phase;

	private @Nullable String sessionId;

	private int minutes;

	private boolean removed;

	private boolean minutesPending;

	private boolean phasePending;

	/** Only ever set: no later result of an earlier call revives a lost lease. */
	private volatile boolean lost;

	/** The pauses of this JVM before the store last confirmed the hold. */
	private volatile int confirmedPauses;

	StoredLeaseRecord(StoreConnection store, Heartbeat heartbeat, LeaseLimits limits, LeaseScheduler scheduler,
			NewLease lease) {
		this.store = store;
		this.heartbeat = heartbeat;
		this.limits = limits;
		this.scheduler = scheduler;
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
	 * Whether another JVM is not known to have taken over.
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
		this.confirmedPauses = Math.max(this.confirmedPauses, pauses);
	}

	@Override
	public int minutes() {
		this.lock.lock();
		try {
			return this.minutes;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public StoreResult reserve(int minutes) {
		this.lock.lock();
		try {
			if (this.lost) {
				return StoreResult.NOT_HELD;
			}
			int pauses = this.heartbeat.pauses();
			StoreResult result = StoreResult.DONE;
			try {
				result = this.store.callBriefly(reservation(minutes));
				confirm(pauses);
				written(result);
			}
			catch (LeaseStoreException ex) {
				if (this.confirmedPauses < pauses) {
					// Another JVM may have taken over during the pause
					throw ex;
				}
				this.minutesPending = true;
			}
			if (result == StoreResult.DONE) {
				this.minutes = minutes;
			}
			return result;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Return a call that writes what is pending, and then reserves minutes. It may be
	 * made on another thread.
	 */
	private Function<LeaseStore, StoreResult> reservation(int minutes) {
		Change pending = change();
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
		change(() -> {
			this.minutes = minutes;
			this.minutesPending = true;
		});
	}

	@Override
	public boolean update(LeasePhase phase, @Nullable String sessionId) {
		return change(() -> {
			// The end of a lease may be recorded more than once
			this.phasePending |= phase != LeasePhase.CLOSE_UNCONFIRMED || this.phase != phase;
			this.phase = phase;
			this.sessionId = (sessionId != null) ? sessionId : this.sessionId;
		});
	}

	/**
	 * Claim a session for a lease whose create had an unknown outcome. Unlike other
	 * changes this one is made now or not at all.
	 * @return {@link StoreResult#DONE}, or why the session cannot be claimed
	 * @throws LeaseStoreException if the store cannot be reached
	 */
	StoreResult claim(String sessionId) {
		this.lock.lock();
		try {
			StoreResult result = this.store.call((store) -> store.update(this.hold, LeasePhase.CLOSING, sessionId));
			if (result == StoreResult.DONE) {
				this.phase = LeasePhase.CLOSING;
				this.sessionId = sessionId;
				this.phasePending = false;
			}
			else if (result == StoreResult.NOT_HELD) {
				lose();
			}
			return result;
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void remove(int minutes) {
		change(() -> {
			this.removed = true;
			this.minutes = minutes;
			this.phasePending = true;
		});
	}

	/**
	 * Whether nothing will be written any more. While something is being written, only a
	 * lost lease is known to be over.
	 */
	boolean isOver() {
		if (this.lost || !this.lock.tryLock()) {
			return this.lost;
		}
		try {
			boolean over = this.removed || this.phase == LeasePhase.CLOSE_UNCONFIRMED;
			return this.lost || (over && !isPending());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write what could not be written before, unless something is being written: the call
	 * of one lease may hang, and others do not wait for it.
	 * @param patience the time to wait for what is being written
	 */
	void flush(Duration patience) {
		if (!tryLock(patience)) {
			return;
		}
		try {
			if (isPending() && !this.lost) {
				write();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean tryLock(Duration patience) {
		if (this.lock.tryLock()) {
			return true;
		}
		try {
			return this.lock.tryLock(patience.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	/**
	 * Find out why the store does not show the lease: if it has no record of it, it is
	 * written again.
	 */
	void verify() {
		// What is being written shows it, too
		if (!this.lock.tryLock()) {
			return;
		}
		try {
			change(() -> this.phasePending = true);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isPending() {
		return this.minutesPending || this.phasePending;
	}

	private boolean change(Runnable change) {
		this.lock.lock();
		try {
			if (this.removed || this.lost) {
				return !this.lost;
			}
			change.run();
			if (isPending()) {
				write();
			}
			return !this.lost;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write what has changed. Minutes that were reserved while the store was unavailable
	 * count regardless of the limits, because they are spent.
	 */
	private void write() {
		Change change = change();
		int pauses = this.heartbeat.pauses();
		try {
			written(this.store.callBriefly(change::writeTo));
			confirm(pauses);
		}
		catch (LeaseStoreException ex) {
			// It is written when the store can be reached again
		}
	}

	private void written(StoreResult result) {
		this.minutesPending = false;
		this.phasePending = false;
		if (!this.removed && (result == StoreResult.NOT_HELD || result == StoreResult.SESSION_TAKEN)) {
			lose();
		}
	}

	private Change change() {
		Duration age = Duration.ofNanos(this.scheduler.nanoTime() - this.openedAt);
		return new Change(
				new NewLease(this.hold, this.description, this.phase, this.sessionId, Math.max(1, this.minutes), age),
				this.minutes, this.removed, this.minutesPending, this.phasePending);
	}

	/**
	 * The changes of a lease that are pending at one moment.
	 *
	 * @param lease the lease as it is now
	 * @param minutes its minutes, zero or more
	 * @param removed whether it was removed
	 * @param minutesChanged whether its minutes have changed
	 * @param phaseChanged whether its phase or session has changed
	 */
	private record Change(NewLease lease, int minutes, boolean removed, boolean minutesChanged, boolean phaseChanged) {

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
