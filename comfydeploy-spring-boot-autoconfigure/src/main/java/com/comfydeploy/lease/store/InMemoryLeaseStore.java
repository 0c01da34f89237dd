package com.comfydeploy.lease.store;

import java.time.InstantSource;

/**
 * {@link LeaseStore} that counts leases for limits, and keeps no leases after the end of
 * its JVM.
 */
public final class InMemoryLeaseStore extends RowLeaseStore {

	/**
	 * Create a store without leases.
	 */
	public InMemoryLeaseStore() {
		this(InstantSource.system());
	}

	InMemoryLeaseStore(InstantSource clock) {
		super(clock);
	}

	@Override
	void write(LeaseRow row) {
	}

	@Override
	public String toString() {
		return "InMemoryLeaseStore";
	}

}
