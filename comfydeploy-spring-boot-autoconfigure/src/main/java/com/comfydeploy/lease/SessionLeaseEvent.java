package com.comfydeploy.lease;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * A step in the life of a {@link SessionLease}. The events of one lease are published in
 * order.
 */
@SuppressWarnings("serial")
public class SessionLeaseEvent extends ApplicationEvent {

	private final transient SessionLease lease;

	private final Type type;

	private final String sessionId;

	private final @Nullable Throwable failure;

	/**
	 * Create an event.
	 * @param lease the lease
	 * @param type what has happened
	 * @param failure what it was caused by, or {@code null}
	 */
	public SessionLeaseEvent(SessionLease lease, Type type, @Nullable Throwable failure) {
		super(lease);
		this.lease = lease;
		this.type = type;
		this.sessionId = lease.sessionId();
		this.failure = failure;
	}

	/**
	 * Return what has happened.
	 * @return the type
	 */
	public Type getType() {
		return this.type;
	}

	/**
	 * Return the session's id.
	 * @return the id
	 */
	public String getSessionId() {
		return this.sessionId;
	}

	/**
	 * Return the lease.
	 * @return the lease
	 */
	public SessionLease getLease() {
		return this.lease;
	}

	/**
	 * Return what the event was caused by.
	 * @return the failure, or {@code null} if there was none
	 */
	public @Nullable Throwable getFailure() {
		return this.failure;
	}

	@Override
	public String toString() {
		return "SessionLeaseEvent[type=" + this.type + ", sessionId=" + this.sessionId + "]";
	}

	/**
	 * What can happen to a lease.
	 */
	public enum Type {

		/** The session has been created, and costs money from now on. */
		OPENED,

		/** The session has its url. */
		READY,

		/** The server's deadline has been moved on. */
		EXTENDED,

		/** One try to move the deadline on has failed. Others follow. */
		EXTENSION_FAILED,

		/** The longest life of the lease is over. It closes itself. */
		EXPIRED,

		/** The session is gone though nobody closed the lease. */
		LOST,

		/** The server has confirmed that the session is gone. */
		CLOSED,

		/**
		 * The server has not confirmed in time that the session is gone: it may cost
		 * money up to its deadline. A {@link #CLOSED} follows if it does so later.
		 */
		CLOSE_UNCONFIRMED

	}

}
