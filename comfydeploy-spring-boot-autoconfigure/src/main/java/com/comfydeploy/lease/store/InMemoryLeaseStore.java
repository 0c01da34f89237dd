package com.comfydeploy.lease.store;

import java.time.InstantSource;

/**
 * {@link LeaseStore} that ends with its JVM: it counts leases for limits, and remembers
 * nothing.
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
