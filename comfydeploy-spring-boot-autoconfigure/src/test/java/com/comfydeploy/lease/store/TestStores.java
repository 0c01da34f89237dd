package com.comfydeploy.lease.store;

import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Creates stores whose clock a test controls.
 */
public final class TestStores {

	private TestStores() {
	}

	public static LeaseStore inMemory(InstantSource clock) {
		return new InMemoryLeaseStore(clock);
	}

	public static FileLeaseStore file(Path path, InstantSource clock) {
		return new FileLeaseStore(path, clock);
	}

}
