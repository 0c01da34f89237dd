package com.comfydeploy.lease.store;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.io.TempDir;

import com.comfydeploy.test.AbstractLeaseStoreTests;

/**
 * Tests that {@link FileLeaseStore} fulfills the contract.
 */
class FileLeaseStoreTests extends AbstractLeaseStoreTests {

	private final MovableClock clock = new MovableClock();

	@TempDir
	private Path directory;

	@Override
	protected LeaseStore open() {
		return new FileLeaseStore(this.directory.resolve("leases.log"), this.clock);
	}

	@Override
	protected void close(LeaseStore store) {
		((FileLeaseStore) store).close();
	}

	@Override
	protected void passTime(Duration duration) {
		this.clock.move(duration);
	}

}
