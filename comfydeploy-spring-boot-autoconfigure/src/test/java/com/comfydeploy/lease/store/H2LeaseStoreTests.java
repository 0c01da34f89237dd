package com.comfydeploy.lease.store;

import java.util.UUID;

import javax.sql.DataSource;

import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@link JdbcLeaseStore} on H2.
 */
class H2LeaseStoreTests extends AbstractJdbcLeaseStoreTests {

	private final JdbcDataSource dataSource = new JdbcDataSource();

	H2LeaseStoreTests() {
		this.dataSource.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
	}

	@Override
	DataSource dataSource() {
		return this.dataSource;
	}

	@AfterEach
	void shutDown() {
		jdbc().execute("SHUTDOWN");
	}

	@Test
	void databaseInMemoryIsEmbedded() {
		assertThat(new JdbcLeaseSchema(this.dataSource).isEmbedded()).isTrue();
	}

}
