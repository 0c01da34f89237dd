package com.comfydeploy.lease;

import java.nio.file.Path;
import java.util.UUID;

import org.h2.tools.Server;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@link AbstractLeaseKillTests} with a store in an H2 server.
 */
@Tag("long")
class H2LeaseKillTests extends AbstractLeaseKillTests {

	@TempDir
	private static Path directory;

	private Server server;

	@BeforeAll
	void startServer() throws Exception {
		this.server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-baseDir", directory.toString()).start();
	}

	@AfterAll
	void stopServer() {
		this.server.stop();
	}

	@Override
	String newStore() {
		return "jdbc:h2:tcp://localhost:" + this.server.getPort() + "/./" + UUID.randomUUID();
	}

}
