package com.comfydeploy.lease;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.Gpu;

/**
 * A session that is kept until it is closed, its longest life is over, or it is lost. Can
 * be used from any number of threads.
 *
 * @see SessionLeases#open
 */
public interface SessionLease extends AutoCloseable {

	/**
	 * Return the session's id.
	 * @return the id
	 */
	String sessionId();

	/**
	 * Return the URL of the session's ComfyUI.
	 * @return the URL
	 * @throws IllegalStateException if the session is not ready yet, which
	 * {@link SessionLeases#open} waits for
	 */
	String url();

	/**
	 * Return when the server ends the session unless the lease is extended before, read
	 * off the wall clock of this machine. It is never later than the server's own
	 * deadline as far as is known, and moves on with each extension.
	 * @return the time, which may have passed
	 */
	Instant expiresAt();

	/**
	 * Return whose the lease is.
	 * @return what {@link LeaseOptions#owner()} said, or {@code null}
	 */
	default @Nullable String owner() {
		return null;
	}

	/**
	 * Return the kind of GPU.
	 * @return what the request named or, once the session was read, what the server gave
	 * it; {@code null} until that is known
	 */
	default @Nullable Gpu gpu() {
		return null;
	}

	/**
	 * Return when the session was asked for, by the wall clock of this machine.
	 * @return the time, or {@code null} if it is not known
	 */
	default @Nullable Instant openedAt() {
		return null;
	}

	/**
	 * Return whether the lease is open: it is not lost, closed or being closed, and its
	 * deadline has not passed. While the server cannot read the deadline, a passed
	 * deadline does not count.
	 * @return whether it can be used
	 */
	boolean isOpen();

	/**
	 * Return why the session was lost.
	 * @return the failure, which the event {@link SessionLeaseEvent.Type#LOST} has too;
	 * {@code null} if the session is not lost, or not known to be
	 */
	default @Nullable SessionLostException failure() {
		return null;
	}

	/**
	 * Cancel the session and wait until the server confirms that it is gone, or for the
	 * configured time, after which a {@link SessionLeaseEvent.Type#CLOSE_UNCONFIRMED} is
	 * published. Idempotent, and never throws an exception. A thread that is interrupted
	 * waits only for the response to the cancel.
	 */
	@Override
	void close();

}
