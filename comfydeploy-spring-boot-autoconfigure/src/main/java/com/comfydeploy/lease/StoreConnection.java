package com.comfydeploy.lease;

import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.lease.store.LeaseStore;

/**
 * The way to the store: knows whether it can be reached, and says so once each time that
 * changes.
 */
final class StoreConnection {

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseStore store;

	private volatile boolean available = true;

	StoreConnection(LeaseStore store) {
		this.store = store;
	}

	/**
	 * Whether the last call reached the store.
	 */
	boolean isAvailable() {
		return this.available;
	}

	/**
	 * Call the store.
	 * @throws LeaseStoreException if it cannot be reached
	 */
	<T> T call(Function<LeaseStore, T> call) {
		T result;
		try {
			result = call.apply(this.store);
		}
		catch (RuntimeException ex) {
			if (this.available) {
				this.available = false;
				logger.warn("The lease store " + this.store + " cannot be used: no session is created until it can. "
						+ "Leases that are held are extended and closed all the same", ex);
			}
			throw new LeaseStoreException("The lease store cannot be used, so nothing was sent: " + ex.getMessage(),
					ex);
		}
		if (!this.available) {
			this.available = true;
			logger.info("The lease store " + this.store + " can be used again");
		}
		return result;
	}

}
