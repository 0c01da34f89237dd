package com.comfydeploy.lease.store;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * A lease as read from a {@link LeaseStore}. All times are by the store's clock.
 *
 * @param hold the holder of the lease
 * @param description the description of the lease
 * @param phase its phase
 * @param sessionId the session's id, or {@code null} as long as it is unknown
 * @param minutes the minutes reserved for it, counted from its creation on
 * @param openedAt the time at which the lease was created
 * @param age the time from its creation until the store was read
 * @param holderSeenAt the holder's last heartbeat, or {@code null} if the store knows
 * that the process of the holder has ended
 * @param holderAlive whether that heartbeat is at most {@link LeaseStore#HOLDER_TIMEOUT}
 * old
 */
public record StoredLease(LeaseHold hold, LeaseDescription description, LeasePhase phase, @Nullable String sessionId,
		int minutes, Instant openedAt, Duration age, @Nullable Instant holderSeenAt, boolean holderAlive) {

	public StoredLease {
		Assert.notNull(hold, "hold must not be null");
		Assert.notNull(description, "description must not be null");
		Assert.notNull(phase, "phase must not be null");
		Assert.notNull(openedAt, "openedAt must not be null");
		Assert.notNull(age, "age must not be null");
	}

	/**
	 * Return a copy with another value of {@code holderAlive}.
	 * @param holderAlive whether the holder is alive
	 * @return the copy
	 */
	public StoredLease withHolderAlive(boolean holderAlive) {
		return new StoredLease(this.hold, this.description, this.phase, this.sessionId, this.minutes, this.openedAt,
				this.age, this.holderSeenAt, holderAlive);
	}

	/**
	 * Return a copy with another session id.
	 * @param sessionId the session's id
	 * @return the copy
	 */
	public StoredLease withSessionId(String sessionId) {
		return new StoredLease(this.hold, this.description, this.phase, sessionId, this.minutes, this.openedAt,
				this.age, this.holderSeenAt, this.holderAlive);
	}

}
