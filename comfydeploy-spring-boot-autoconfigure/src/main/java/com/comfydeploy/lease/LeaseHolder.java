package com.comfydeploy.lease;

import com.comfydeploy.lease.store.StoredLease;

/**
 * Holds the leases of this JVM, including those that it takes over.
 */
interface LeaseHolder {

	/**
	 * Add a lease that was taken over. From now on it is closed when the application
	 * stops.
	 * @return the lease, to start or to close
	 */
	DefaultSessionLease recover(StoredLease lease, StoredLeaseRecord record, String sessionId);

	/**
	 * Release a lease that another JVM has taken over.
	 */
	void takenOver(StoredLeaseRecord record);

}
