package com.comfydeploy.lease;

import org.junit.jupiter.api.Tag;

import com.comfydeploy.lease.store.Postgres;

/**
 * {@link AbstractLeaseKillTests} with a store in PostgreSQL.
 */
@Tag("long")
class PostgresLeaseKillTests extends AbstractLeaseKillTests {

	@Override
	String newStore() {
		return Postgres.start().newDatabase();
	}

}
