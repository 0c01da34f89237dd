package com.comfydeploy.autoconfigure;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.ApplicationListener;
import org.springframework.util.StringUtils;

import com.comfydeploy.comfyui.SessionCheck;
import com.comfydeploy.comfyui.SessionEnd;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.SessionLostException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;

/**
 * Finds the check that ends waiting for a workflow when the lease of its session ends.
 */
class LeaseSessionChecks implements ApplicationListener<SessionLeaseEvent> {

	private static final int MAX_LEASES = 1000;

	private static final CallOptions QUICK = CallOptions.builder()
		.retry(RetrySettings.none())
		.readTimeout(Duration.ofSeconds(5))
		.build();

	private final ObjectProvider<SessionLeases> leases;

	private final ObjectProvider<SessionOperations> sessions;

	/**
	 * The latest leases, by URL. Ended leases are included: they explain why the session
	 * ended.
	 */
	private final Map<String, SessionLease> leasesByUrl = new LinkedHashMap<>();

	LeaseSessionChecks(ObjectProvider<SessionLeases> leases, ObjectProvider<SessionOperations> sessions) {
		this.leases = leases;
		this.sessions = sessions;
	}

	@Override
	public void onApplicationEvent(SessionLeaseEvent event) {
		if (event.getType() == SessionLeaseEvent.Type.READY) {
			add(normalize(event.getLease().url()), event.getLease());
		}
	}

	private synchronized void add(String url, SessionLease lease) {
		this.leasesByUrl.remove(url);
		this.leasesByUrl.put(url, lease);
		if (this.leasesByUrl.size() > MAX_LEASES) {
			this.leasesByUrl.remove(this.leasesByUrl.keySet().iterator().next());
		}
	}

	private synchronized @Nullable SessionLease get(String url) {
		return this.leasesByUrl.get(url);
	}

	/**
	 * Find the check for the URL of a session.
	 * @return a check of the latest lease with this URL, or a check that never fails if
	 * no lease has it
	 */
	SessionCheck find(String url) {
		return new LeaseCheck(normalize(url), this.leases.getIfUnique());
	}

	/** One URL can be written in several ways. */
	private static String normalize(String url) {
		String trimmed = StringUtils.trimTrailingCharacter(url.strip(), '/');
		int path = trimmed.indexOf('/', trimmed.indexOf("//") + 2);
		String host = (path < 0) ? trimmed : trimmed.substring(0, path);
		return host.toLowerCase(Locale.ROOT) + trimmed.substring(host.length());
	}

	private static @Nullable String url(SessionLease lease) {
		try {
			return normalize(lease.url());
		}
		catch (IllegalStateException ex) {
			// Not ready yet
			return null;
		}
	}

	/**
	 * Checks the lease that has a URL.
	 */
	private final class LeaseCheck implements SessionCheck {

		private final String url;

		private final @Nullable SessionLeases leases;

		LeaseCheck(String url, @Nullable SessionLeases leases) {
			this.url = url;
			this.leases = leases;
		}

		@Override
		public @Nullable SessionEnd check() {
			SessionLease lease = lease();
			if (lease == null || lease.isOpen()) {
				return null;
			}
			SessionLostException failure = lease.failure();
			return (failure != null) ? lost(lease, failure)
					: new SessionEnd(lease.sessionId(), "its lease was closed, or the deadline has passed", null);
		}

		/** Poll the session now, because the next poll of the lease may be much later. */
		@Override
		public @Nullable SessionEnd recheck() {
			SessionEnd end = check();
			SessionLease lease = lease();
			if (end != null || lease == null) {
				return end;
			}
			SessionOperations sessions = LeaseSessionChecks.this.sessions.getIfUnique();
			if (sessions == null || sessions.with(QUICK).find(lease.sessionId()).isPresent()) {
				return null;
			}
			SessionLostException failure = lease.failure();
			return lost(lease, (failure != null) ? failure : new SessionLostException(lease.sessionId(),
					"the API no longer has it, although its lease was not closed"));
		}

		private static SessionEnd lost(SessionLease lease, SessionLostException failure) {
			return new SessionEnd(lease.sessionId(), "its lease was lost", failure);
		}

		private @Nullable SessionLease lease() {
			SessionLease lease = get(this.url);
			if (this.leases != null && (lease == null || !lease.isOpen())) {
				for (SessionLease active : this.leases.active()) {
					if (this.url.equals(url(active))) {
						return active;
					}
				}
			}
			return lease;
		}

	}

}
