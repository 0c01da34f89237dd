package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;

/**
 * The known deadline of a session. All times are counted from just before the create was
 * sent, so the deadline is early by the duration of the create, and never late.
 * Immutable.
 *
 * @param granted the deadline
 * @param origin the server's time at which its own count began, or {@code null} until the
 * first response that shows a deadline
 * @param readable whether the last response showed a deadline, or none was seen yet
 * @param unknownExtension the time that the last call may have added, if its outcome is
 * unknown; otherwise zero
 * @param mayArrive whether that call may still reach the server
 * @param reconcileUntil the time until which to wait for it
 * @param pendingExtension the time that earlier calls may still add, for which the lease
 * no longer waits
 */
record LeaseDeadline(Duration granted, @Nullable Instant origin, boolean readable, Duration unknownExtension,
		boolean mayArrive, Duration reconcileUntil, Duration pendingExtension) {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	static LeaseDeadline of(Duration granted, @Nullable Instant origin) {
		return new LeaseDeadline(granted, origin, true, Duration.ZERO, false, Duration.ZERO, Duration.ZERO);
	}

	/**
	 * Return the time left until the server ends the session, negative once it has.
	 */
	Duration left(Duration now) {
		return this.granted.minus(now);
	}

	/**
	 * Return the remaining time if the server has processed every call of unknown
	 * outcome.
	 */
	Duration maxRemaining(Duration now) {
		return left(now).plus(this.unknownExtension).plus(this.pendingExtension);
	}

	/**
	 * Return all minutes that the session may have been granted after one more extension.
	 */
	int minutesWith(Duration extension) {
		Duration all = this.granted.plus(this.unknownExtension).plus(this.pendingExtension).plus(extension);
		return Durations.minutesRoundedUp(all);
	}

	boolean isUnknown() {
		return !this.unknownExtension.isZero();
	}

	/**
	 * Return whether no call of unknown outcome may have added time, or may still add it.
	 */
	boolean isCertain() {
		return !isUnknown() && this.pendingExtension.isZero();
	}

	/**
	 * Record a response to a get. A response without a deadline proves nothing. If the
	 * deadline is earlier than granted, it is used. If it is later by whole minutes, the
	 * server has processed extensions of unknown outcome, or somebody else has extended
	 * the session.
	 */
	LeaseDeadline seen(@Nullable Instant createdAt, @Nullable Instant timeoutEnd) {
		if (timeoutEnd == null) {
			return new LeaseDeadline(this.granted, this.origin, false, this.unknownExtension, this.mayArrive,
					this.reconcileUntil, this.pendingExtension);
		}
		Instant origin = origin(createdAt, timeoutEnd);
		Duration end = Duration.between(origin, timeoutEnd);
		Duration added = Duration.ofMinutes(Math.max(0, end.minus(this.granted).toMinutes()));
		Duration ofUnknown = Durations.min(added, this.unknownExtension);
		Duration ofPending = Durations.min(added.minus(ofUnknown), this.pendingExtension);
		return new LeaseDeadline(Durations.min(this.granted.plus(added), end), origin, true,
				this.unknownExtension.minus(ofUnknown), this.mayArrive, this.reconcileUntil,
				this.pendingExtension.minus(ofPending));
	}

	private Instant origin(@Nullable Instant createdAt, Instant timeoutEnd) {
		if (this.origin != null) {
			return this.origin;
		}
		return (createdAt != null) ? createdAt : timeoutEnd.minus(this.granted);
	}

	LeaseDeadline extended(Duration by) {
		return new LeaseDeadline(this.granted.plus(by), this.origin, this.readable, Duration.ZERO, false, Duration.ZERO,
				this.pendingExtension);
	}

	/**
	 * Record an extension that may have been carried out.
	 * @param mayArrive whether it may also be carried out later, because the server has
	 * not responded to it
	 * @param reconcileUntil until when to wait for that
	 */
	LeaseDeadline unknown(Duration by, boolean mayArrive, Duration reconcileUntil) {
		return new LeaseDeadline(this.granted, this.origin, this.readable, by, mayArrive, reconcileUntil,
				this.pendingExtension);
	}

	/**
	 * Stop waiting for the extension of unknown outcome.
	 */
	LeaseDeadline reconciled() {
		return withPending(this.mayArrive ? this.pendingExtension.plus(this.unknownExtension) : this.pendingExtension);
	}

	/**
	 * Record that no earlier call can still add time.
	 */
	LeaseDeadline nothingPending() {
		return withPending(Duration.ZERO);
	}

	private LeaseDeadline withPending(Duration pendingExtension) {
		return new LeaseDeadline(this.granted, this.origin, this.readable, Duration.ZERO, false, Duration.ZERO,
				pendingExtension);
	}

}
