package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;

import com.comfydeploy.comfyui.SessionCheck;
import com.comfydeploy.comfyui.SessionEnd;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;

/**
 * Lets what runs on a session end with the lease that holds it.
 */
class LeaseSessionChecks {

	private final ObjectProvider<SessionLeases> leases;

	LeaseSessionChecks(ObjectProvider<SessionLeases> leases) {
		this.leases = leases;
	}

	/**
	 * Find the check for a url: that of the lease which is open and has it, if any.
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
