package com.comfydeploy.lease.store;

import java.time.Duration;

import com.comfydeploy.test.AbstractLeaseStoreTests;

/**
 * Tests that {@link InMemoryLeaseStore} fulfills the contract as long as its JVM runs.
 */
class InMemoryLeaseStoreTests extends AbstractLeaseStoreTests {

	private final MovableClock clock = new MovableClock();

	private final InMemoryLeaseStore store = new InMemoryLeaseStore(this.clock);

	@Override
	protected LeaseStore open() {
		return this.store;
	}

	@Override
	protected void close(LeaseStore store) {
	}

	@Override
	protected void passTime(Duration duration) {
		this.clock.move(duration);
	}

}
