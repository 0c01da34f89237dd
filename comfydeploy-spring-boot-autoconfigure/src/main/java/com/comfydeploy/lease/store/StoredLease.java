package com.comfydeploy.lease.store;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * A lease as a store knows it. All times are by the store's clock.
 *
 * @param hold who holds it
 * @param description what it was opened for
 * @param phase how far it has come
 * @param sessionId the session's id, or {@code null} as long as it is unknown
 * @param minutes the minutes reserved for it, from its creation on
 * @param openedAt when it was added
 * @param age how long ago that was when the store was read
 * @param holderAlive whether its holder has sent a heartbeat within
 * {@link LeaseStore#HOLDER_TIMEOUT}
 */
public record StoredLease(LeaseHold hold, LeaseDescription description, LeasePhase phase, @Nullable String sessionId,
		int minutes, Instant openedAt, Duration age, boolean holderAlive) {

	public StoredLease {
		Assert.notNull(hold, "hold must not be null");
		Assert.notNull(description, "description must not be null");
		Assert.notNull(phase, "phase must not be null");
		Assert.notNull(openedAt, "openedAt must not be null");
		Assert.notNull(age, "age must not be null");
	}

}
