package com.comfydeploy.lease.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

import javax.sql.DataSource;

import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.datasource.init.ResourceDatabasePopulator;
import org.springframework.util.Assert;

/**
 * Schema with the tables that {@link JdbcLeaseStore} needs, created from the scripts
 * {@code schema-h2.sql} and {@code schema-postgresql.sql} next to this class. Existing
 * tables are left unchanged.
 */
public final class JdbcLeaseSchema {

	private static final Map<String, String> SCRIPTS = Map.of("H2", "schema-h2.sql", "PostgreSQL",
			"schema-postgresql.sql");

	private final DataSource dataSource;

	/**
	 * Create a schema for a database.
	 * @param dataSource the database
	 */
	public JdbcLeaseSchema(DataSource dataSource) {
		Assert.notNull(dataSource, "dataSource must not be null");
		this.dataSource = dataSource;
	}

	/**
	 * Create the tables, unless they exist. Several JVMs may do so at the same time.
	 * @throws IllegalStateException if there is no script for this database
	 */
	public void create() {
		String product = product();
		String script = SCRIPTS.get(product);
		Assert.state(script != null,
				() -> "There is no schema script for " + product + ": create the tables yourself, as in "
						+ SCRIPTS.values() + ", and set comfydeploy.lease.jdbc.initialize-schema=never");
		try {
			populate(script);
		}
		catch (RuntimeException ex) {
			// PostgreSQL refuses one of two JVMs that create the same table at the same
			// time
			populate(script);
		}
	}

	private void populate(String script) {
		new ResourceDatabasePopulator(new ClassPathResource(script, JdbcLeaseSchema.class)).execute(this.dataSource);
	}

	/**
	 * Return whether the database is in the memory of this JVM. No other process can
	 * create the tables of such a database.
	 * @return whether the database is embedded; {@code false} if it is unavailable
	 */
	public boolean isEmbedded() {
		try (Connection connection = this.dataSource.getConnection()) {
			String url = connection.getMetaData().getURL();
			return url != null && url.startsWith("jdbc:h2:mem:");
		}
		catch (SQLException ex) {
			return false; // A database in this JVM is always available
		}
	}

	private String product() {
		try (Connection connection = this.dataSource.getConnection()) {
			return connection.getMetaData().getDatabaseProductName();
		}
		catch (SQLException ex) {
			throw new IllegalStateException("Cannot connect to the database to create the tables of the leases: "
					+ ex.getMessage() + ". Check 'spring.datasource.url', or create the tables yourself and set "
					+ "'comfydeploy.lease.jdbc.initialize-schema' to never", ex);
		}
	}

}
