package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.session.Session;

/**
 * The states of one lease: opening, open, closing, ended. Every change is made under the
 * lock and nothing else is.
 */
final class DefaultSessionLease implements SessionLease {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	private final String sessionId;

	private final LeaseTerms terms;

	private final LeaseCalls calls;

	private final LeaseDeadline deadline;

	private final LeaseTime time;

	private final LeaseEvents events;

	private final LeaseRenewal renewal;

	private final LeaseClosing closing;

	private final Object lock = new Object();

	private State state = State.OPENING;

	private @Nullable String url;

	private @Nullable Throwable endedBy;

	private @Nullable Thread opener;

	private boolean openerWoken;

	private LeaseTime.@Nullable Timer expiry;

	DefaultSessionLease(String sessionId, LeaseTerms terms, LeaseDeadline deadline, LeaseCalls calls, LeaseTime time,
			LeaseBackOff backOff, Duration closeTimeout, Consumer<SessionLeaseEvent> listener) {
		this.sessionId = sessionId;
		this.terms = terms;
		this.calls = calls;
		this.deadline = deadline;
		this.time = time;
		this.events = new LeaseEvents(listener);
		this.renewal = new LeaseRenewal(this, calls.renewing(), terms, deadline, time, backOff);
		this.closing = new LeaseClosing(this, calls.closing(), deadline, time, backOff, closeTimeout);
		this.events.add(new SessionLeaseEvent(this, SessionLeaseEvent.Type.OPENED, null));
	}

	@Override
	public String sessionId() {
		return this.sessionId;
	}

	@Override
	public String url() {
		synchronized (this.lock) {
			Assert.state(this.url != null, () -> "Session " + this.sessionId + " is not ready yet");
			return this.url;
		}
	}

	@Override
	public Instant expiresAt() {
		return this.deadline.expiresAt();
	}

	@Override
	public boolean isOpen() {
		return isHeld() && !this.deadline.left().isNegative();
	}

	/**
	 * Whether it is to be kept.
	 */
	boolean isHeld() {
		synchronized (this.lock) {
			return this.state == State.OPENING || this.state == State.OPEN;
		}
	}

	/**
	 * Keep the session from now on.
	 */
	void start() {
		LeaseTime.Timer expiry = this.time.schedule(this::expire, this.deadline.untilLimit());
		synchronized (this.lock) {
			this.expiry = expiry;
			if (!isHeld()) {
				stop();
			}
		}
		this.renewal.start();
		tell();
	}

	/**
	 * Publish what has happened: last of all, as a listener may take its time.
	 */
	void tell() {
		this.events.publish();
	}

	/**
	 * Wait until the session is ready, on the caller's thread. Closing the lease ends the
	 * wait.
	 */
	void awaitReady() {
		synchronized (this.lock) {
			checkNotEnded(null);
			this.opener = Thread.currentThread();
		}
		Session session;
		try {
			session = this.calls.opening().awaitReady(this.sessionId, this.terms.readyTimeout());
		}
		catch (SessionNotReadyException ex) {
			checkNotEnded(ex);
			throw new SessionNotReadyException(this.sessionId, "Session " + this.sessionId + " was not ready within "
					+ this.terms.readyTimeout() + ", so it is cancelled", ex, ex.getAttempts());
		}
		catch (RuntimeException ex) {
			checkNotEnded(ex);
			if (LeaseCalls.isGone(ex)) {
				lost(ex);
			}
			throw ex;
		}
		finally {
			release();
		}
		this.renewal.ready(session.timeoutEnd());
		synchronized (this.lock) {
			this.url = session.url();
		}
		if (!change(SessionLeaseEvent.Type.READY, null, State.OPENING, State.OPEN)) {
			checkNotEnded(null);
		}
		tell();
	}

	/** The opener does not keep an interrupt that was ours. */
	private void release() {
		synchronized (this.lock) {
			this.opener = null;
			if (this.openerWoken) {
				Thread.interrupted();
			}
		}
	}

	private void checkNotEnded(@Nullable Throwable failure) {
		Throwable endedBy;
		synchronized (this.lock) {
			if (this.state == State.OPENING || this.state == State.OPEN) {
				return;
			}
			endedBy = this.endedBy;
		}
		if (endedBy instanceof ComfyDeployException ex) {
			throw ex;
		}
		throw new ComfyDeployTransportException("session " + this.sessionId + " was closed before it was ready",
				failure, "get", 0, false);
	}

	void extended() {
		change(SessionLeaseEvent.Type.EXTENDED, null, null, null);
	}

	/**
	 * Tell that a try to extend the lease has failed.
	 * @return whether it is to be kept
	 */
	boolean extensionFailed(Throwable failure) {
		return change(SessionLeaseEvent.Type.EXTENSION_FAILED, failure, null, null);
	}

	/**
	 * Let go of a session that is gone. One that was never ready is cancelled all the
	 * same: it may be too new to be found.
	 */
	void lost(@Nullable Throwable failure) {
		boolean opening = change(SessionLeaseEvent.Type.LOST, failure, State.OPENING, State.CLOSING);
		if (!opening && !change(SessionLeaseEvent.Type.LOST, failure, State.OPEN, State.ENDED)) {
			return;
		}
		logger.warn("Session " + this.sessionId + " is gone, though its lease was not closed");
		if (opening) {
			this.closing.start();
			tell();
		}
		else {
			tell();
			this.closing.done().complete(null);
		}
	}

	private void expire() {
		if (change(SessionLeaseEvent.Type.EXPIRED, null, null, State.CLOSING)) {
			logger.info("The lease of session " + this.sessionId + " has reached its longest life "
					+ this.terms.maxLifetime() + " and is closed");
			this.closing.start();
			tell();
		}
	}

	@Override
	public void close() {
		closeAsync();
		this.closing.await();
	}

	/**
	 * Begin to close.
	 * @return done once the session is known to be gone or the bound has passed
	 */
	CompletableFuture<Void> closeAsync() {
		if (change(null, null, null, State.CLOSING)) {
			this.closing.start();
			tell();
		}
		return this.closing.done();
	}

	/**
	 * Done once the lease has ended, however it did.
	 */
	CompletableFuture<Void> ended() {
		return this.closing.done();
	}

	/**
	 * Close no longer in the time of whoever waits for it.
	 */
	void giveUpClosing() {
		this.closing.giveUp();
	}

	/**
	 * Note that the session is known to be gone.
	 * @return whether that comes in time
	 */
	boolean closed() {
		synchronized (this.lock) {
			boolean inTime = this.state != State.ENDED;
			this.state = State.ENDED;
			this.events.add(new SessionLeaseEvent(this, SessionLeaseEvent.Type.CLOSED, null));
			return inTime;
		}
	}

	/**
	 * Note that the session is not known to be gone.
	 * @return whether it is not known by now
	 */
	boolean closeUnconfirmed(@Nullable Throwable failure) {
		synchronized (this.lock) {
			if (this.state != State.CLOSING) {
				return false;
			}
			this.state = State.ENDED;
			this.events.add(new SessionLeaseEvent(this, SessionLeaseEvent.Type.CLOSE_UNCONFIRMED, failure));
			return true;
		}
	}

	/**
	 * Change the state of a lease that is held.
	 * @param type what to tell of it, or {@code null}
	 * @param from the only state to change from, or {@code null} for either
	 * @param to the new state, or {@code null} to leave it
	 * @return whether the lease was held, and in that state
	 */
	private boolean change(SessionLeaseEvent.@Nullable Type type, @Nullable Throwable failure, @Nullable State from,
			@Nullable State to) {
		synchronized (this.lock) {
			if (!isHeld() || (from != null && this.state != from)) {
				return false;
			}
			if (type != null) {
				this.events.add(new SessionLeaseEvent(this, type, failure));
			}
			if (to != null) {
				this.state = to;
			}
			if (!isHeld()) {
				this.endedBy = failure;
				stop();
			}
		}
		return true;
	}

	private void stop() {
		this.renewal.stop();
		if (this.expiry != null) {
			this.expiry.cancel();
		}
		if (this.opener != null && this.opener != Thread.currentThread()) {
			this.openerWoken = true;
			this.opener.interrupt();
		}
	}

	@Override
	public String toString() {
		return "SessionLease[" + this.sessionId + "]";
	}

	private enum State {

		OPENING, OPEN, CLOSING, ENDED

	}

}
