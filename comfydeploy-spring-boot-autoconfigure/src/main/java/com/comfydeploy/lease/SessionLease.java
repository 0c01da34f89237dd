package com.comfydeploy.lease;

import java.time.Instant;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.session.Gpu;

/**
 * Lease of a session, which keeps the session running until the lease is closed, reaches
 * its maximum lifetime, or is lost. Thread-safe.
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
	 * @throws IllegalStateException if the session is not ready yet. The leases that
	 * {@link SessionLeases#open} returns have a URL
	 */
	String url();

	/**
	 * Return the deadline at which the server ends the session, by the clock of this
	 * machine. The result is an estimate: the real deadline may be later, but not earlier
	 * than the server has reported. Each extension moves the deadline.
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
	 * deadline has not passed. If the server cannot read the deadline, the lease stays
	 * open after its last known deadline.
	 * @return whether it can be used
	 */
	boolean isOpen();

	/**
	 * Return why the session was lost.
	 * @return the failure, also contained in the event
	 * {@link SessionLeaseEvent.Type#LOST}; {@code null} if the session is not known to be
	 * lost
	 */
	default @Nullable SessionLostException failure() {
		return null;
	}

	/**
	 * Cancel the session and wait until the server confirms that it has ended. If the
	 * server does not confirm this within the configured time, a
	 * {@link SessionLeaseEvent.Type#CLOSE_UNCONFIRMED} is published. After a confirmed
	 * end, an available lease store no longer counts the lease. This method is
	 * idempotent, and never throws an exception. If the calling thread is interrupted,
	 * this method waits only for the response to the cancel.
	 */
	@Override
	void close();

}
