package com.comfydeploy.lease;

import java.nio.file.Path;
import java.util.UUID;

import org.junit.jupiter.api.io.TempDir;

/**
 * A JVM is killed whose leases are remembered in a file.
 */
class FileLeaseKillTests extends AbstractLeaseKillTests {

	@TempDir
	private Path directory;

	@Override
	int moments() {
		return 3;
	}

	@Override
	String newStore() {
		return "file:" + this.directory.resolve(UUID.randomUUID() + ".log");
	}

}
