package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.SessionOperations;

/**
 * Cancels one session and looks at it until it is gone. What is not confirmed in time is
 * reported, and goes on being tried until the server's own deadline.
 */
final class LeaseClosing {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private static final Duration FIRST_WAIT = Duration.ofMillis(250);

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

	private static final Duration LONGEST_WAIT_AFTERWARDS = Duration.ofSeconds(15);

	private final DefaultSessionLease lease;

	private final SessionOperations calls;

	private final LeaseDeadline deadline;

	private final LeaseTime time;

	private final LeaseBackOff backOff;

	private final Duration bound;

	private final CompletableFuture<Void> cancelAnswered = new CompletableFuture<>();

	private final CompletableFuture<Void> done = new CompletableFuture<>();

	private volatile @Nullable Throwable failure;

	private boolean cancelled;

	private int tries;

	LeaseClosing(DefaultSessionLease lease, SessionOperations calls, LeaseDeadline deadline, LeaseTime time,
			LeaseBackOff backOff, Duration bound) {
		this.lease = lease;
		this.calls = calls;
		this.deadline = deadline;
		this.time = time;
		this.backOff = backOff;
		this.bound = bound;
	}

	void start() {
		LeaseTime.Timer timer = this.time.schedule(this::giveUp, this.bound);
		this.done.whenComplete((result, failure) -> timer.cancel());
		this.time.schedule(this::step, Duration.ZERO);
	}

	/**
	 * Complete once the session is known to be gone or the bound has passed.
	 */
	CompletableFuture<Void> done() {
		return this.done;
	}

	/**
	 * Wait for the confirmation, or if interrupted only for the answer to the cancel. The
	 * interrupt flag is kept. What is not confirmed in time is reported before the wait
	 * ends.
	 */
	void await() {
		boolean interrupted = false;
		CompletableFuture<Void> awaited = this.done;
		long start = this.time.nanoTime();
		while (true) {
			try {
				if (!this.time.await(awaited, this.bound.minusNanos(this.time.nanoTime() - start))) {
					giveUp();
				}
				break;
			}
			catch (InterruptedException ex) {
				interrupted = true;
				awaited = this.cancelAnswered;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private void step() {
		try {
			cancelAndLook();
		}
		catch (Throwable ex) {
			if (LeaseCalls.isGone(ex)) {
				confirmed();
				return;
			}
			this.failure = ex;
			logger.debug("Session " + this.lease.sessionId() + " is not confirmed to be gone", ex);
		}
		finally {
			this.cancelAnswered.complete(null);
		}
		this.tries++;
		if (!this.done.isDone() || !this.deadline.leftAtMost().isNegative()) {
			this.time.schedule(this::step, this.backOff.next(FIRST_WAIT, this.tries,
					this.done.isDone() ? LONGEST_WAIT_AFTERWARDS : LONGEST_WAIT));
		}
	}

	private void cancelAndLook() {
		if (!this.cancelled) {
			cancel();
			this.cancelled = true;
			this.cancelAnswered.complete(null);
		}
		// One that still has a deadline has not begun to close
		this.cancelled = this.calls.get(this.lease.sessionId()).timeoutEnd() == null;
		this.failure = null;
	}

	private void cancel() {
		try {
			this.calls.cancel(this.lease.sessionId());
		}
		catch (RuntimeException ex) {
			if (!LeaseCalls.isClosedWithoutContainer(ex)) {
				throw ex;
			}
		}
	}

	private void confirmed() {
		if (!this.lease.closed()) {
			logger.info("Session " + this.lease.sessionId() + " is gone after all");
		}
		this.lease.tell();
		this.done.complete(null);
	}

	/**
	 * Report that the session is not known to be gone, unless that is over.
	 */
	void giveUp() {
		Throwable failure = this.failure;
		if (!this.lease.closeUnconfirmed(failure)) {
			return;
		}
		logger.warn("Session " + this.lease.sessionId() + " is not confirmed to be gone within " + this.bound + " ("
				+ ((failure != null) ? failure : this.cancelled ? "it is shutting down" : "it is there")
				+ "): it may cost money for another " + Math.max(0, this.deadline.leftAtMost().toSeconds()) + " s");
		this.lease.tell();
		this.done.complete(null);
	}

}
