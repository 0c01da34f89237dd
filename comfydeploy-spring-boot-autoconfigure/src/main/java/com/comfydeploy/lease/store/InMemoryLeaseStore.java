package com.comfydeploy.lease.store;

import java.time.InstantSource;

/**
 * {@link LeaseStore} in the memory of this JVM. It counts leases for limits, and loses
 * all leases when the JVM ends.
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
