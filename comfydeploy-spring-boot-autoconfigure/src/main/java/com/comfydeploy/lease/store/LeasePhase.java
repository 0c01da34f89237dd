package com.comfydeploy.lease.store;

/**
 * How far a lease has come, as its holder has written it.
 */
public enum LeasePhase {

	/** The session is about to be created, or is being created. It has no id yet. */
	CREATING,

	/**
	 * The outcome of the create is unknown: there may be a session, whose id nobody
	 * knows.
	 */
	UNKNOWN,

	/** The session exists and is held. */
	HELD,

	/** The session is being cancelled, and was not confirmed to be gone yet. */
	CLOSING

}
