package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.LeaseEvidence.CancelFailed;
import com.comfydeploy.lease.LeaseEvidence.Found;
import com.comfydeploy.lease.LeaseEvidence.Outcome;

/**
 * The closing of a session: when it is cancelled and polled, and how its end is
 * interpreted. Immutable; all times are counted from just before the create was sent.
 *
 * @param open whether the session was held, and its time not over, when the closing
 * started
 * @param cancelAt when the session is cancelled without its URL. A cancel waits for the
 * URL if the server may not know the container yet; {@code null} if it does
 * @param nextCancel when the session is cancelled, each time but the first after a poll
 * @param nextPoll when the session is polled
 * @param polledAt when it was last polled
 * @param cancels the number of cancels
 * @param accepted the number of cancels that the server has accepted
 * @param tries the number of tries, on which the waits depend
 * @param goneBefore whether the API responded 404 to the first cancel
 * @param refused whether a cancel was refused, and none accepted since
 * @param cancelLost whether a cancel may have been carried out whose response was lost
 * @param deadlineForgotten whether a cancel may have made the server forget the deadline
 * @param failure why the last call failed, or {@code null} if it did not
 */
record LeaseClosing(boolean open, @Nullable Duration cancelAt, Duration nextCancel, Duration nextPoll,
		Duration polledAt, int cancels, int accepted, int tries, boolean goneBefore, boolean refused,
		boolean cancelLost, boolean deadlineForgotten, @Nullable Throwable failure) {

	private static final Duration FIRST_WAIT = Duration.ofMillis(250);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

	private static final Duration MINUTE = Duration.ofMinutes(1);

	static LeaseClosing of(boolean open, Duration now, @Nullable Duration cancelAt) {
		Duration nextCancel = (cancelAt != null) ? cancelAt : now;
		return new LeaseClosing(open, cancelAt, nextCancel, now, now.minusNanos(1), 0, 0, 0, false, false, false, false,
				null);
	}

	/**
	 * Return what to do.
	 * @param until the time at which the phase changes
	 */
	LeaseAction next(Duration now, Duration until) {
		if (now.compareTo(this.nextCancel) >= 0
				&& (this.cancels == 0 || this.polledAt.compareTo(this.nextCancel) >= 0)) {
			return new LeaseAction.Cancel();
		}
		boolean polls = this.cancels > 0 || this.cancelAt != null;
		Duration next = polls ? Durations.min(this.nextPoll, this.nextCancel) : this.nextCancel;
		if (now.compareTo(next) >= 0) {
			return new LeaseAction.Poll();
		}
		return new LeaseAction.Wait(Durations.min(next, until).minus(now));
	}

	/**
	 * Record that the session exists. If it has a URL, the server knows the container. If
	 * it has a deadline, the server has not carried out a cancel.
	 */
	LeaseClosing found(Found found, Duration now, boolean unconfirmed, BackOff backOff) {
		boolean cancelNow = this.cancelAt != null && found.url() != null && this.cancels == 0;
		int tries = this.tries + 1;
		return new LeaseClosing(this.open, (found.url() != null) ? null : this.cancelAt,
				cancelNow ? now : this.nextCancel, now.plus(wait(tries, unconfirmed, backOff)), now, this.cancels,
				this.accepted, tries, false, this.refused, this.cancelLost,
				this.deadlineForgotten && found.timeoutEnd() == null, null);
	}

	LeaseClosing pollFailed(Throwable failure, Duration now, boolean unconfirmed, BackOff backOff) {
		// A cancel that is due follows, and counts
		int tries = (now.compareTo(this.nextCancel) >= 0) ? this.tries : this.tries + 1;
		return new LeaseClosing(this.open, this.cancelAt, this.nextCancel,
				now.plus(wait(Math.max(1, tries), unconfirmed, backOff)), now, this.cancels, this.accepted, tries,
				this.goneBefore, this.refused, this.cancelLost, this.deadlineForgotten, failure);
	}

	LeaseClosing cancelAccepted(Duration now) {
		int accepted = this.accepted + 1;
		return new LeaseClosing(this.open, null, now.plus(waitForEffect(accepted)), now, this.polledAt,
				this.cancels + 1, accepted, this.tries, false, false, this.cancelLost, true, null);
	}

	LeaseClosing cancelRefused(Duration now) {
		return new LeaseClosing(this.open, this.cancelAt, now.plus(waitForEffect(this.cancels + 1)), now, this.polledAt,
				this.cancels + 1, this.accepted, this.tries, false, true, this.cancelLost, true, null);
	}

	LeaseClosing cancelFailed(CancelFailed failed, Duration now, boolean unconfirmed, BackOff backOff) {
		int tries = this.tries + 1;
		boolean notFound = failed.outcome() == Outcome.NOT_FOUND;
		boolean unknown = !notFound && failed.outcome() != Outcome.NOT_DONE;
		Duration next = now.plus(wait(tries, unconfirmed, backOff));
		return new LeaseClosing(this.open, this.cancelAt, next, notFound ? now : next, this.polledAt, this.cancels + 1,
				this.accepted, tries, this.goneBefore || (notFound && this.cancels == 0), this.refused,
				this.cancelLost || unknown, this.deadlineForgotten || unknown, failed.failure());
	}

	/**
	 * Continue with longer waits between tries, beginning with the shortest of them.
	 */
	LeaseClosing unconfirmed() {
		return new LeaseClosing(this.open, this.cancelAt, this.nextCancel, this.nextPoll, this.polledAt, this.cancels,
				this.accepted, 0, this.goneBefore, this.refused, this.cancelLost, this.deadlineForgotten, this.failure);
	}

	/**
	 * Poll immediately, and cancel unless the session has ended.
	 */
	LeaseClosing again(Duration now) {
		return new LeaseClosing(this.open, this.cancelAt, now, now, this.polledAt, this.cancels, this.accepted,
				this.tries, this.goneBefore, this.refused, this.cancelLost, this.deadlineForgotten, this.failure);
	}

	/**
	 * Return whether the container may run although the session's record is closed: a
	 * cancel was refused, or the server may have carried it out before it knew the
	 * container.
	 */
	boolean mayRunOn() {
		return this.refused || (this.cancelAt != null && this.cancelLost);
	}

	/**
	 * Return whether the session, if it has ended, ended at its deadline or before, and
	 * not by a cancel.
	 */
	boolean hadEndedBefore() {
		return this.goneBefore || !this.deadlineForgotten;
	}

	/**
	 * Return whether the session's record was already closed when an open lease began to
	 * close.
	 */
	boolean isLost() {
		return this.open && this.goneBefore;
	}

	private static Duration waitForEffect(int cancels) {
		return Durations.min(MINUTE, LONGEST_WAIT.multipliedBy(1L << Math.min(cancels - 1, 20)));
	}

	private static Duration wait(int tries, boolean unconfirmed, BackOff backOff) {
		return unconfirmed ? backOff.equalJitter(LONGEST_WAIT, 2, MINUTE, tries)
				: backOff.equalJitter(FIRST_WAIT, 2, LONGEST_WAIT, tries);
	}

}
