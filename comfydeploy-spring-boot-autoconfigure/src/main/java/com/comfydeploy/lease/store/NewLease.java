package com.comfydeploy.lease.store;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * A lease to be added to a {@link LeaseStore}.
 *
 * @param hold the holder of the lease
 * @param description the description of the lease
 * @param phase the phase of the lease: {@link LeasePhase#CREATING} before its session is
 * created
 * @param sessionId the session's id, or {@code null} as long as it is unknown
 * @param minutes the minutes to reserve for it, counted from its creation on, positive
 * @param age the time since the lease was created, zero if it is created now
 */
public record NewLease(LeaseHold hold, LeaseDescription description, LeasePhase phase, @Nullable String sessionId,
		int minutes, Duration age) {

	public NewLease {
		Assert.notNull(hold, "hold must not be null");
		Assert.notNull(description, "description must not be null");
		Assert.notNull(phase, "phase must not be null");
		Assert.isTrue(minutes > 0, "minutes must be positive");
		Assert.isTrue(age != null && !age.isNegative(), "age must not be negative");
	}

	/**
	 * Create a lease whose session is about to be created.
	 * @param hold the holder of the lease
	 * @param description the description of the lease
	 * @param minutes the minutes to reserve for it, positive
	 * @return the lease
	 */
	public static NewLease creating(LeaseHold hold, LeaseDescription description, int minutes) {
		return new NewLease(hold, description, LeasePhase.CREATING, null, minutes, Duration.ZERO);
	}

	/**
	 * Create a lease of a session that already exists.
	 * @param hold the holder of the lease
	 * @param description the description of the lease
	 * @param sessionId the session's id
	 * @param minutes the minutes to reserve for it, positive
	 * @return the lease
	 */
	public static NewLease held(LeaseHold hold, LeaseDescription description, String sessionId, int minutes) {
		return new NewLease(hold, description, LeasePhase.HELD, sessionId, minutes, Duration.ZERO);
	}

}
