package com.comfydeploy.lease.store;

/**
 * Phase of a lease, written to the store by its holder.
 */
public enum LeasePhase {

	/** The session is about to be created, or is being created. It has no id yet. */
	CREATING,

	/**
	 * The outcome of the create is unknown: there may be a session whose id nobody knows.
	 */
	UNKNOWN,

	/** The session exists and is held. */
	HELD,

	/** The session is being cancelled, and its end is not confirmed yet. */
	CLOSING,

	/**
	 * The server has closed its record of the session without stopping the container. No
	 * call can stop it. The lease counts until the server itself must have ended the
	 * container.
	 */
	CLOSE_UNCONFIRMED

}
