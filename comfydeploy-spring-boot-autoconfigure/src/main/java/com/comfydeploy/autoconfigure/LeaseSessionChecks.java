package com.comfydeploy.autoconfigure;

import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationListener;

import com.comfydeploy.comfyui.SessionCheck;
import com.comfydeploy.comfyui.SessionEnd;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent;
import com.comfydeploy.lease.SessionLeases;

/**
 * Lets what runs on a session end with the lease that holds it.
 */
class LeaseSessionChecks implements ApplicationListener<SessionLeaseEvent> {

	private final ObjectProvider<SessionLeases> leases;

	/** By leases that somebody still holds. */
	private final Map<SessionLease, Throwable> failures = Collections.synchronizedMap(new WeakHashMap<>());

	LeaseSessionChecks(ObjectProvider<SessionLeases> leases) {
		this.leases = leases;
	}

	@Override
	public void onApplicationEvent(SessionLeaseEvent event) {
		Throwable failure = event.getFailure();
		if (event.getType() == SessionLeaseEvent.Type.LOST && failure != null) {
			this.failures.put(event.getLease(), failure);
		}
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

	private @Nullable SessionEnd check(SessionLease lease) {
		if (lease.isOpen()) {
			return null;
		}
		Throwable failure = this.failures.get(lease);
		return new SessionEnd(lease.sessionId(),
				(failure != null) ? "its lease was lost" : "its lease was lost or closed", failure);
	}

}
