package com.comfydeploy.lease.store;

/**
 * Result of a change in a {@link LeaseStore}. Anything but {@link #DONE} means that
 * nothing has changed.
 */
public enum StoreResult {

	/** The change is stored durably. */
	DONE,

	/** The number of open leases has reached its limit. */
	MAX_OPEN_REACHED,

	/** The minutes of the last 24 hours have reached their limit. */
	MAX_GPU_MINUTES_REACHED,

	/** The lease has another holder, or was removed. */
	NOT_HELD,

	/** The store has no record of the lease, not even that it was removed. */
	ABSENT,

	/** Another lease has this session, or has had it. */
	SESSION_TAKEN

}
