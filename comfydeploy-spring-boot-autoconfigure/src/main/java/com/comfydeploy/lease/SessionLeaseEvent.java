package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

import com.comfydeploy.session.Gpu;

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

	private final @Nullable Gpu gpu;

	private final Duration elapsed;

	/**
	 * Create an event.
	 * @param lease the lease
	 * @param type what has happened
	 * @param failure the cause of the event, or {@code null}
	 */
	public SessionLeaseEvent(SessionLease lease, Type type, @Nullable Throwable failure) {
		this(lease, type, failure, null, Duration.ZERO);
	}

	/**
	 * Create an event.
	 * @param lease the lease
	 * @param type what has happened
	 * @param failure the cause of the event, or {@code null}
	 * @param gpu the session's GPU, or {@code null} if it is not known
	 * @param elapsed the time since the create request was sent
	 */
	public SessionLeaseEvent(SessionLease lease, Type type, @Nullable Throwable failure, @Nullable Gpu gpu,
			Duration elapsed) {
		super(lease);
		this.lease = lease;
		this.type = type;
		this.sessionId = lease.sessionId();
		this.failure = failure;
		this.gpu = gpu;
		this.elapsed = elapsed;
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
	 * Return the cause of the event.
	 * @return the failure, or {@code null} if there was none
	 */
	public @Nullable Throwable getFailure() {
		return this.failure;
	}

	/**
	 * Return the session's GPU.
	 * @return the requested GPU, or else the one that the server reports; {@code null} if
	 * neither is known
	 */
	public @Nullable Gpu getGpu() {
		return this.gpu;
	}

	/**
	 * Return the time since the create request was sent, or since the session was
	 * adopted.
	 * @return the time until this event
	 */
	public Duration getElapsed() {
		return this.elapsed;
	}

	@Override
	public String toString() {
		return "SessionLeaseEvent[type=" + this.type + ", sessionId=" + this.sessionId + "]";
	}

	/**
	 * Type of event.
	 */
	public enum Type {

		/** The session has been created, and costs money from now on. */
		OPENED,

		/**
		 * The lease was taken over from a failed JVM. This is the first event of the
		 * lease in the JVM that took it over. It replaces {@link #OPENED}.
		 */
		RECOVERED,

		/** The session has its URL. */
		READY,

		/** The deadline has been extended. */
		EXTENDED,

		/** One attempt to extend the deadline has failed. More attempts follow. */
		EXTENSION_FAILED,

		/** The lease has reached its maximum lifetime. It closes itself. */
		EXPIRED,

		/**
		 * The session has ended although nobody closed the lease, or another instance has
		 * taken the lease over. The failure contains the reason.
		 */
		LOST,

		/** The server has confirmed that the session has ended. */
		CLOSED,

		/**
		 * The server has not confirmed the end of the session in time. The session may
		 * cost money until its deadline, or for 24 hours (6 for a dynamic session) if the
		 * server has lost the deadline. {@link #CLOSED} follows if the server confirms
		 * the end later. It does not follow if the server has closed its record of the
		 * session without stopping the container.
		 */
		CLOSE_UNCONFIRMED

	}

}
