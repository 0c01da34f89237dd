package com.comfydeploy.lease;

import org.junit.jupiter.api.Tag;

import com.comfydeploy.lease.store.Postgres;

/**
 * A JVM is killed whose leases are remembered in PostgreSQL.
 */
@Tag("long")
class PostgresLeaseKillTests extends AbstractLeaseKillTests {

	@Override
	String newStore() {
		return Postgres.start().newDatabase();
	}

}
