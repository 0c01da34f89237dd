package com.comfydeploy.lease;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.Gpu;

/**
 * A session that is kept running until the lease is closed, reaches its maximum lifetime,
 * or is lost. Thread-safe.
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
	 * Return the time at which the server ends the session unless it is extended, by the
	 * clock of this machine. It is an estimate that is never later than the known
	 * deadline. Each extension moves it.
	 * @return the time, which may have passed
	 */
	Instant expiresAt();

	/**
	 * Return the owner of the lease. The value is informational.
	 * @return the value of {@link LeaseOptions#owner()}, or {@code null}
	 */
	default @Nullable String owner() {
		return null;
	}

	/**
	 * Return the GPU of the session.
	 * @return the requested GPU, or else the one that the server reports; {@code null} if
	 * neither is known
	 */
	default @Nullable Gpu gpu() {
		return null;
	}

	/**
	 * Return the time at which the create request was sent, or at which the session was
	 * adopted, by the clock of this machine.
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
	 * Cancel the session and wait until the server confirms that it has ended, or for the
	 * configured time, after which a {@link SessionLeaseEvent.Type#CLOSE_UNCONFIRMED} is
	 * published. Idempotent, and never throws an exception. A thread that is interrupted
	 * waits only for the response to the cancel.
	 */
	@Override
	void close();

}
