package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoreResult;

/**
 * The record of one lease outside this JVM.
 */
interface LeaseRecord {

	/** Nothing is recorded, and everything is granted. */
	LeaseRecord NONE = new LeaseRecord() {

		@Override
		public int minutes() {
			return 0;
		}

		@Override
		public StoreResult reserve(int minutes, BooleanSupplier urgent) {
			return StoreResult.DONE;
		}

		@Override
		public void release(int minutes) {
		}

		@Override
		public boolean update(LeasePhase phase, @Nullable String sessionId) {
			return true;
		}

		@Override
		public boolean close(@Nullable String sessionId, Duration bound) {
			return true;
		}

		@Override
		public boolean mayBeAdopted() {
			return false;
		}

		@Override
		public void remove(int minutes) {
		}

	};

	/**
	 * Return all minutes that are reserved for the lease.
	 */
	int minutes();

	/**
	 * Reserve minutes before an extension is sent. If the store cannot be reached, the
	 * extension is allowed as long as no other JVM can have taken the lease over. If a
	 * limit has to be checked, the extension is allowed only when it is urgent, or when
	 * the store has failed several times in a row.
	 * @param minutes all minutes of the lease
	 * @param urgent returns whether the extension cannot wait until the limit can be
	 * checked; called when the store has failed, which may take some time
	 * @throws LeaseStoreException if the store cannot be reached, and the extension is
	 * not allowed
	 */
	StoreResult reserve(int minutes, BooleanSupplier urgent);

	/**
	 * Release minutes that were reserved for an extension that was not made.
	 * @param minutes all minutes of the lease
	 */
	void release(int minutes);

	/**
	 * Change the phase.
	 * @param sessionId the session's id, or {@code null} to leave it as it is
	 * @return whether the lease is held here, as far as is known
	 */
	boolean update(LeasePhase phase, @Nullable String sessionId);

	/**
	 * Record that the session is about to be cancelled. This method does not wait long
	 * for the store, because the application may be about to end.
	 * @param sessionId the session's id, or {@code null} to keep it
	 * @param bound the maximum time for closing: a quarter of it is the maximum time to
	 * wait, if that is less than 2 seconds
	 * @return whether the lease is held here, as far as is known
	 */
	boolean close(@Nullable String sessionId, Duration bound);

	/**
	 * Return whether another JVM may hold the session: this JVM was suspended, and the
	 * store has not confirmed the lease since.
	 */
	boolean mayBeAdopted();

	/**
	 * Remove the lease.
	 * @param minutes how many it has used
	 */
	void remove(int minutes);

}
