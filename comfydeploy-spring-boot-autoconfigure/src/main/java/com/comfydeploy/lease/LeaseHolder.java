package com.comfydeploy.lease;

import com.comfydeploy.lease.store.StoredLease;

/**
 * Holds the leases of this JVM, including those that it takes over.
 */
interface LeaseHolder {

	/**
	 * Cancel the session of a lease that was taken over.
	 */
	void close(StoredLease lease, StoredLeaseRecord record, String sessionId);

	/**
	 * Continue to hold a lease that was taken over.
	 */
	void adopt(StoredLease lease, StoredLeaseRecord record, String sessionId);

	/**
	 * Release a lease that another JVM has taken over.
	 */
	void takenOver(StoredLeaseRecord record);

}
