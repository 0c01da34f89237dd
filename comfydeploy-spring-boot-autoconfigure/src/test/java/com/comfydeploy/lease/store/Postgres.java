package com.comfydeploy.lease.store;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;

import javax.sql.DataSource;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Assumptions;

import org.springframework.jdbc.core.JdbcTemplate;

/**
 * A real PostgreSQL on the loopback interface, one for all tests of a JVM, which ends
 * with it. PostgreSQL does not run as root: its processes get another user by
 * {@code unshare}, which every Linux has and a container may forbid. Where it does not
 * start, the tests that need it are skipped and say why.
 */
public final class Postgres {

	/** On a slow machine the usual ten seconds are not enough. */
	private static final Duration STARTUP_WAIT = Duration.ofMinutes(2);

	private static Postgres started;

	private static String failure;

	private final EmbeddedPostgres server;

	private Postgres(EmbeddedPostgres server) {
		this.server = server;
	}

	/**
	 * Start PostgreSQL unless it runs.
	 * @return the server
	 */
	public static synchronized Postgres start() {
		if (started == null && failure == null) {
			try {
				started = new Postgres(EmbeddedPostgres.builder()
					.setServerConfig("listen_addresses", "127.0.0.1")
					.setServerConfig("max_connections", "200")
					.setLocaleConfig("locale", "C")
					.setPGStartupWait(STARTUP_WAIT)
					.start());
			}
			catch (IOException | RuntimeException ex) {
				failure = "PostgreSQL does not start here: " + ex;
				System.out.println(failure + ". Its tests are skipped.");
			}
		}
		if (failure != null) {
			Assumptions.abort(failure);
		}
		return started;
	}

	/**
	 * Return a data source without a pool.
	 * @return the data source
	 */
	public DataSource dataSource() {
		return this.server.getDatabase("postgres", "postgres", Map.of("connectTimeout", "5", "socketTimeout", "10"));
	}

	/**
	 * Create a database of its own.
	 * @return its URL, which names the user
	 */
	public String newDatabase() {
		String name = "leases_" + UUID.randomUUID().toString().replace("-", "");
		new JdbcTemplate(dataSource()).execute("CREATE DATABASE " + name);
		return this.server.getJdbcUrl("postgres", name);
	}

}
