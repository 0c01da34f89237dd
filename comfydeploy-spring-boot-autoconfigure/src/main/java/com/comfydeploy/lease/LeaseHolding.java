package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.LeaseEvidence.ExtensionFailed;
import com.comfydeploy.lease.LeaseEvidence.Found;
import com.comfydeploy.lease.LeaseEvidence.Outcome;

/**
 * The schedule of a session that is held: when it is polled and extended. Immutable; all
 * times are counted from just before the create was sent.
 *
 * @param deadline when the server ends the session
 * @param nextPoll when the session is polled again in any case
 * @param polledAt when it was last polled
 * @param seenAt when a poll last found it
 * @param failingSince since when all polls have failed, or {@code null}
 * @param extendNotBefore when the next extension may be sent at the earliest
 * @param failures the number of tries to extend since the last success
 */
record LeaseHolding(ResolvedLeaseOptions options, LeaseDeadline deadline, Duration nextPoll, Duration polledAt,
		Duration seenAt, @Nullable Duration failingSince, Duration extendNotBefore, int failures) {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

	/**
	 * Longer than a wait before another try, and the calls of the store that follow it.
	 */
	private static final Duration ANOTHER_TRY = Duration.ofSeconds(15);

	static LeaseHolding of(ResolvedLeaseOptions options, LeaseDeadline deadline) {
		return new LeaseHolding(options, deadline, Duration.ZERO, Duration.ZERO, Duration.ZERO, null, Duration.ZERO, 0);
	}

	LeaseAction next(Duration now) {
		Duration extendAt = extendAt();
		boolean due = now.compareTo(extendAt) >= 0;
		if (now.compareTo(this.nextPoll) >= 0 || (due && isPolledFirst(extendAt))) {
			return new LeaseAction.Poll();
		}
		if (due) {
			return new LeaseAction.Extend(extension());
		}
		Duration until = Durations.min(expiresAt(), Durations.min(this.nextPoll, extendAt));
		return new LeaseAction.Wait(until.minus(now));
	}

	/**
	 * Return when the lease expires: at its limit, or at its deadline if less than one
	 * whole minute can be added before the limit.
	 */
	Duration expiresAt() {
		Duration limit = this.options.limit();
		return extension().isZero() ? Durations.min(limit, this.deadline.granted()) : limit;
	}

	/**
	 * Return when the session must be extended.
	 */
	private Duration extendAt() {
		if (extension().isZero()) {
			return ResolvedLeaseOptions.FOR_EVER;
		}
		return Durations.max(this.deadline.granted().minus(this.options.renewBefore()), this.extendNotBefore);
	}

	/**
	 * Return the whole minutes that the next extension may add, possibly zero.
	 */
	private Duration extension() {
		Duration room = this.options.limit().minus(this.deadline.granted());
		return Duration.ofMinutes(Math.max(0, Durations.min(this.options.extension(), room).toMinutes()));
	}

	/**
	 * Return whether the session must be polled before the next extension: because the
	 * server may have processed an earlier one, or because the session is only polled
	 * before extensions.
	 */
	private boolean isPolledFirst(Duration extendAt) {
		if (!this.deadline.isCertain()) {
			return this.seenAt.compareTo(extendAt) < 0;
		}
		return this.options.checkInterval().isZero() && this.polledAt.compareTo(extendAt) < 0;
	}

	/**
	 * Return whether too little time is left to wait for anything before an extension.
	 * Otherwise, another try can end before the deadline.
	 */
	boolean isUrgent(Duration now) {
		return this.deadline.left(now)
			.compareTo(Durations.max(this.options.renewBefore().dividedBy(4), ANOTHER_TRY)) < 0;
	}

	LeaseHolding found(Found found, Duration now, Duration nextPoll, BackOff backOff) {
		boolean due = now.compareTo(extendAt()) >= 0;
		LeaseDeadline seen = this.deadline.seen(found.createdAt(), found.timeoutEnd());
		boolean moved = seen.granted().compareTo(this.deadline.granted()) > 0;
		boolean conclusive = seen.readable() || seen.left(now).compareTo(this.options.renewBefore().dividedBy(4)) <= 0;
		Duration notBefore = moved ? now : this.extendNotBefore;
		int failures = moved ? 0 : this.failures;
		if (due && !moved && !seen.isCertain()) {
			if (seen.isUnknown() && now.compareTo(seen.reconcileUntil()) < 0) {
				notBefore = seen.reconcileUntil();
			}
			else if (!conclusive) {
				failures++;
				notBefore = now.plus(wait(seen, failures, now, backOff));
			}
			else {
				seen = seen.isUnknown() ? seen.reconciled() : seen.readable() ? seen.nothingPending() : seen;
			}
		}
		return new LeaseHolding(this.options, seen, nextPoll, now, now, null, notBefore, failures);
	}

	LeaseHolding pollFailed(Duration now, Duration nextPoll, BackOff backOff) {
		Duration failingSince = (this.failingSince != null) ? this.failingSince : now;
		if (this.deadline.isCertain() || now.compareTo(extendAt()) < 0) {
			return new LeaseHolding(this.options, this.deadline, nextPoll, now, this.seenAt, failingSince,
					this.extendNotBefore, this.failures);
		}
		int failures = this.failures + 1;
		return new LeaseHolding(this.options, this.deadline, nextPoll, now, this.seenAt, failingSince,
				now.plus(wait(this.deadline, failures, now, backOff)), failures);
	}

	LeaseHolding extended(Duration by, Duration now) {
		return new LeaseHolding(this.options, this.deadline.extended(by), this.nextPoll, this.polledAt, this.seenAt,
				this.failingSince, now, 0);
	}

	/**
	 * Record a failed extension. After any 404, a poll shows whether the session has
	 * ended.
	 */
	LeaseHolding extensionFailed(ExtensionFailed failed, Duration now, BackOff backOff) {
		Duration left = Durations.max(this.deadline.left(now), Duration.ZERO);
		LeaseDeadline deadline = switch (failed.outcome()) {
			case NOT_DONE, NOT_FOUND -> this.deadline;
			case UNKNOWN -> this.deadline.unknown(failed.by(), false, now);
			case NO_RESPONSE -> this.deadline.unknown(failed.by(), true, now.plus(left.dividedBy(5)));
		};
		int failures = this.failures + 1;
		Duration wait = Durations.max(wait(deadline, failures, now, backOff),
				Durations.min(failed.retryAfter(), left.dividedBy(4)));
		Duration nextPoll = (failed.outcome() == Outcome.NOT_FOUND) ? now : this.nextPoll;
		return new LeaseHolding(this.options, deadline, nextPoll, this.polledAt, this.seenAt, this.failingSince,
				now.plus(wait), failures);
	}

	private Duration wait(LeaseDeadline deadline, int failures, Duration now, BackOff backOff) {
		if (deadline.left(now).isNegative()) {
			return MINUTE;
		}
		Duration longest = Durations.min(LONGEST_WAIT, this.options.renewBefore().dividedBy(16));
		return backOff.equalJitter(FIRST_WAIT, 2, longest, failures);
	}

}
