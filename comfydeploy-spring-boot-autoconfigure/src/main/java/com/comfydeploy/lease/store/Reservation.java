package com.comfydeploy.lease.store;

/**
 * What a store says to a request for a lease, or for more minutes of one.
 */
public enum Reservation {

	/** It is reserved, durably. */
	GRANTED,

	/** As many leases are open as may be. Nothing has changed. */
	MAX_OPEN_REACHED,

	/** The minutes of the last 24 hours are used up. Nothing has changed. */
	MAX_GPU_MINUTES_REACHED,

	/** The lease has another holder, or is there no more. Nothing has changed. */
	NOT_HELD

}
