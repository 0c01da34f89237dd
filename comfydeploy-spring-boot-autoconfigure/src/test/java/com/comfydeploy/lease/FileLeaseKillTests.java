package com.comfydeploy.lease;

import java.nio.file.Path;
import java.util.UUID;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link AbstractLeaseKillTests} with a store in a file.
 */
@Tag("long")
class FileLeaseKillTests extends AbstractLeaseKillTests {

	@TempDir
	private static Path directory;

	@Override
	String newStore() {
		return "file:" + directory.resolve(UUID.randomUUID() + ".log");
	}

}
