package com.comfydeploy.lease;

import org.junit.jupiter.api.Tag;

import com.comfydeploy.lease.store.Postgres;

/**
 * A JVM is killed, and one with another id takes over: once it is known to be dead.
 */
@Tag("long")
class RandomInstanceLeaseKillTests extends AbstractLeaseKillTests {

	@Override
	int moments() {
		return 3;
	}

	@Override
	String instance() {
		return null;
	}

	@Override
	String newStore() {
		return Postgres.start().newDatabase();
	}

}
