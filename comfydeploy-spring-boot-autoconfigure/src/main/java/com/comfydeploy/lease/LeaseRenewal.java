package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.SessionOperations;

/**
 * Moves the deadline of one session on, step by step. A step ends with the timer of the
 * next, so that there is never more than one at a time.
 * <p>
 * A server's deadline moves by exactly what is added. That is how it is found out whether
 * a call whose answer was lost has been carried out: by the server's deadline before and
 * after. It is asked for only where it is not known already. A call that arrives even
 * later is found when the next extension is due, and takes its place.
 */
final class LeaseRenewal {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private static final Duration FIRST_WAIT = Duration.ofSeconds(1);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

	private final DefaultSessionLease lease;

	private final SessionOperations calls;

	private final LeaseTerms terms;

	private final LeaseDeadline deadline;

	private final LeaseTime time;

	private final LeaseBackOff backOff;

	/** The server's deadline when the session was ready. */
	private volatile @Nullable Instant endWhenReady;

	private volatile LeaseTime.@Nullable Timer timer;

	/** The server's deadline, as last seen and with what has been added since. */
	private @Nullable Instant end;

	private boolean begun;

	private boolean outcomeUnknown;

	/** Until this much is left, it is waited for a call whose answer was lost. */
	private Duration extendAgainAt = Duration.ZERO;

	/** What calls may add that arrive even later. */
	private Duration mayBeAdded = Duration.ZERO;

	private int failures;

	LeaseRenewal(DefaultSessionLease lease, SessionOperations calls, LeaseTerms terms, LeaseDeadline deadline,
			LeaseTime time, LeaseBackOff backOff) {
		this.lease = lease;
		this.calls = calls;
		this.terms = terms;
		this.deadline = deadline;
		this.time = time;
		this.backOff = backOff;
	}

	void start() {
		scheduleNext();
	}

	void stop() {
		LeaseTime.Timer timer = this.timer;
		if (timer != null) {
			timer.cancel();
		}
	}

	/**
	 * Take note of the server's deadline, which saves asking for it as long as nothing
	 * has been added to it.
	 */
	void ready(@Nullable Instant end) {
		this.endWhenReady = end;
	}

	private void step() {
		if (!this.lease.isHeld()) {
			return;
		}
		try {
			renew();
			scheduleNext();
		}
		catch (Throwable ex) {
			// Also what is not declared, as a token provider may throw it
			if (LeaseCalls.isGone(ex)) {
				this.lease.lost(ex);
				return;
			}
			this.failures++;
			Duration wait = waitAfter(ex);
			if (this.lease.extensionFailed(ex)) {
				log("Session " + this.lease.sessionId() + " could not be extended with "
						+ this.deadline.left().toSeconds() + " s left, trying again in " + wait.toMillis() + " ms: "
						+ ex);
				schedule(wait);
			}
		}
		this.lease.tell();
	}

	private void renew() {
		if (!isDue()) {
			return;
		}
		if (this.end == null && !this.begun) {
			this.end = this.endWhenReady;
		}
		if ((this.end == null || this.outcomeUnknown || !this.mayBeAdded.isZero()) && !look()) {
			return;
		}
		extend(this.deadline.next(this.terms.extension()));
	}

	private boolean isDue() {
		return this.deadline.left().compareTo(this.terms.renewBefore()) <= 0
				&& !this.deadline.next(this.terms.extension()).isZero();
	}

	/**
	 * See what the server's deadline is.
	 * @return whether the session is to be extended
	 */
	private boolean look() {
		Instant before = this.end;
		Instant after = this.calls.get(this.lease.sessionId()).timeoutEnd();
		this.end = after;
		if (!this.outcomeUnknown) {
			this.mayBeAdded = Duration.ZERO;
		}
		if (before == null) {
			// An older server tells no deadline: nothing can be settled with it
			return !this.outcomeUnknown;
		}
		if (after == null) {
			// Closing has begun, and not by us
			this.lease.lost(null);
			return false;
		}
		Duration added = Duration.between(before, after);
		this.deadline.move(added);
		this.mayBeAdded = LeaseTerms.max(Duration.ZERO, this.mayBeAdded.minus(added));
		if (!isDue()) {
			extended();
		}
		else if (!mayArriveYet()) {
			settled();
		}
		return isDue() && !this.outcomeUnknown;
	}

	private boolean mayArriveYet() {
		return this.deadline.left().compareTo(this.extendAgainAt) > 0;
	}

	private void extend(Duration by) {
		this.begun = true;
		this.deadline.uncertain(this.mayBeAdded.plus(by));
		try {
			this.calls.increaseTimeout(this.lease.sessionId(), by);
		}
		catch (Throwable ex) {
			this.outcomeUnknown = LeaseCalls.isOutcomeUnknown(ex);
			this.extendAgainAt = this.deadline.left();
			if (!this.outcomeUnknown) {
				this.deadline.uncertain(this.mayBeAdded);
			}
			else if (LeaseCalls.mayArriveLater(ex)) {
				this.extendAgainAt = this.extendAgainAt.multipliedBy(4).dividedBy(5);
				this.mayBeAdded = this.mayBeAdded.plus(by);
			}
			throw ex;
		}
		this.deadline.move(by);
		if (this.end != null) {
			this.end = this.end.plus(by);
		}
		extended();
	}

	private void extended() {
		this.failures = 0;
		settled();
		this.lease.extended();
	}

	private void settled() {
		this.outcomeUnknown = false;
		this.deadline.uncertain(this.mayBeAdded);
	}

	private void scheduleNext() {
		if (!this.lease.isHeld()) {
			return;
		}
		if (this.deadline.next(this.terms.extension()).isZero()) {
			return;
		}
		if (this.outcomeUnknown) {
			this.failures++;
			schedule(mayArriveYet() ? this.deadline.left().minus(this.extendAgainAt) : nextWait());
		}
		else {
			schedule(this.deadline.left().minus(this.terms.renewBefore()));
		}
	}

	private void schedule(Duration delay) {
		this.timer = this.time.schedule(this::step, delay);
	}

	private void log(String message) {
		if (this.failures == 1) {
			logger.warn(message);
		}
		else {
			logger.debug(message);
		}
	}

	/**
	 * What the server asks for is heeded as long as it leaves time to try again.
	 */
	private Duration waitAfter(Throwable failure) {
		return LeaseTerms.max(nextWait(),
				LeaseTerms.min(LeaseCalls.retryAfter(failure), this.deadline.left().dividedBy(4)));
	}

	private Duration nextWait() {
		Duration longest = this.deadline.left().isNegative() ? LONGEST_WAIT
				: LeaseTerms.min(LONGEST_WAIT, this.terms.renewBefore().dividedBy(16));
		return this.backOff.next(FIRST_WAIT, this.failures, longest);
	}

}
