package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;

import com.comfydeploy.comfyui.SessionCheck;
import com.comfydeploy.comfyui.SessionEnd;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;

/**
 * Finds the check that ends waiting for a workflow when the lease of its session ends.
 */
class LeaseSessionChecks {

	private final ObjectProvider<SessionLeases> leases;

	LeaseSessionChecks(ObjectProvider<SessionLeases> leases) {
		this.leases = leases;
	}

	/**
	 * Find the check for the URL of a session.
	 * @return a check of the open lease with this URL, or a check that never fails
	 */
	SessionCheck find(String url) {
		SessionLeases leases = this.leases.getIfUnique();
		if (leases != null) {
			for (SessionLease lease : leases.active()) {
				if (url.equals(url(lease))) {
					return () -> check(lease);
				}
			}
		}
		return SessionCheck.none();
	}

	private static @Nullable String url(SessionLease lease) {
		try {
			return lease.url();
		}
		catch (IllegalStateException ex) {
			// Not ready yet
			return null;
		}
	}

	private static @Nullable SessionEnd check(SessionLease lease) {
		if (lease.isOpen()) {
			return null;
		}
		Throwable failure = lease.failure();
		return new SessionEnd(lease.sessionId(),
				(failure != null) ? "its lease was lost" : "its lease was closed or its time is over", failure);
	}

}
