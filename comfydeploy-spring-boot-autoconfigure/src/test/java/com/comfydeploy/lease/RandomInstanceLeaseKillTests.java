package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import com.comfydeploy.lease.store.Postgres;

/**
 * A JVM is killed, and another one takes over, once it is known to be dead. That takes a
 * minute, so the moments are tested at the same time.
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
