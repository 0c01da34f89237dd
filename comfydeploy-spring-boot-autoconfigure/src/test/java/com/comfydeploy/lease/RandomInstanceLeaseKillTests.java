package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import com.comfydeploy.lease.store.Postgres;

/**
 * {@link AbstractLeaseKillTests} without fixed instance ids: another JVM takes over only
 * when the killed one counts as dead. This takes a minute, so all moments are tested at
 * the same time.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class RandomInstanceLeaseKillTests extends AbstractLeaseKillTests {

	@Override
	@Nullable String instance() {
		return null;
	}

	@Override
	Duration detection() {
		return Duration.ofSeconds(70);
	}

	@Override
	String newStore() {
		return Postgres.start().newDatabase();
	}

}
