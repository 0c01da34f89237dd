package com.comfydeploy.lease;

import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.Reservation;

/**
 * The row of one lease in the store. While the store cannot be reached, what is to be
 * written waits for {@link #flush()}, and the lease is held as if it had been.
 */
final class StoredLeaseRecord implements LeaseRecord {

	private final StoreConnection store;

	private final LeaseLimits limits;

	private final LeaseHold hold;

	/** Orders what several threads write of one lease. */
	private final ReentrantLock lock = new ReentrantLock();

	private LeasePhase phase;

	private @Nullable String sessionId;

	private int minutes;

	private boolean removed;

	private boolean minutesPending;

	private boolean phasePending;

	private volatile boolean lost;

	StoredLeaseRecord(StoreConnection store, LeaseLimits limits, LeaseHold hold, LeasePhase phase,
			@Nullable String sessionId, int minutes) {
		this.store = store;
		this.limits = limits;
		this.hold = hold;
		this.phase = phase;
		this.sessionId = sessionId;
		this.minutes = minutes;
	}

	LeaseHold hold() {
		return this.hold;
	}

	@Nullable String sessionId() {
		this.lock.lock();
		try {
			return this.sessionId;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Whether another JVM was not seen to have taken over.
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
	public Reservation reserve(int minutes) {
		this.lock.lock();
		try {
			if (this.lost) {
				return Reservation.NOT_HELD;
			}
			Reservation reservation = Reservation.GRANTED;
			if (this.store.isAvailable() && !isPending()) {
				try {
					reservation = this.store.call((store) -> store.reserve(this.hold, minutes, this.limits));
				}
				catch (LeaseStoreException ex) {
					this.minutesPending = true;
				}
			}
			else {
				this.minutesPending = true;
			}
			if (reservation == Reservation.GRANTED) {
				this.minutes = minutes;
			}
			this.lost = reservation == Reservation.NOT_HELD;
			return reservation;
		}
		finally {
			this.lock.unlock();
		}
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
			this.phase = phase;
			this.sessionId = (sessionId != null) ? sessionId : this.sessionId;
			this.phasePending = true;
		});
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
	 * Whether nothing is to be written any more.
	 */
	boolean isOver() {
		this.lock.lock();
		try {
			return this.lost || (this.removed && !isPending());
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write what could not be written before.
	 */
	void flush() {
		this.lock.lock();
		try {
			if (isPending() && !this.lost) {
				write();
			}
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
			if (this.store.isAvailable()) {
				write();
			}
			return !this.lost;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Write what has changed. What was reserved while the store was away counts, whatever
	 * the limits say: it is spent.
	 */
	private void write() {
		try {
			boolean held = this.store.call(this::write);
			this.minutesPending = false;
			this.phasePending = false;
			this.lost = !held && !this.removed;
		}
		catch (LeaseStoreException ex) {
			// It is written when the store can be reached again
		}
	}

	private boolean write(LeaseStore store) {
		if (this.removed) {
			return store.remove(this.hold, this.minutes);
		}
		return (!this.minutesPending
				|| store.reserve(this.hold, this.minutes, LeaseLimits.none()) != Reservation.NOT_HELD)
				&& (!this.phasePending || store.update(this.hold, this.phase, this.sessionId));
	}

}
