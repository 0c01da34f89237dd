package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Removes leases without a holder when their sessions have ended, so that they no longer
 * count towards the limits.
 */
final class EndedLeases {

	private static final Duration INTERVAL = Duration.ofMinutes(1);

	private static final Duration MARGIN = Duration.ofMinutes(2);

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseRegistry registry;

	private final SessionSearch search;

	private final boolean takesOver;

	private final RepeatingTask task;

	/**
	 * Create a task.
	 * @param takesOver whether leases whose holder died are taken over: their new holder
	 * then removes them
	 */
	EndedLeases(LeaseRegistry registry, LeaseScheduler scheduler, SessionSearch search, boolean takesOver) {
		this.registry = registry;
		this.takesOver = takesOver;
		this.search = search;
		this.task = new RepeatingTask(scheduler, "remove leases that have ended", this::run);
	}

	void start() {
		this.task.start();
	}

	void stop() {
		this.task.stop();
	}

	private Duration run() {
		for (StoredLease lease : this.registry.leases()) {
			if (this.task.isRunning() && isUnheld(lease) && hasEnded(lease)) {
				// So that only one JVM removes it, and a holder that was only asleep
				// notices
				this.registry.takeOver(lease).ifPresent((record) -> {
					logger.info("Lease " + lease.hold().leaseId() + " is removed: its session has ended");
					record.remove(Math.min(lease.minutes(), Durations.minutesRoundedUp(lease.age())));
				});
			}
		}
		return INTERVAL;
	}

	private boolean isUnheld(StoredLease lease) {
		return lease.phase() == LeasePhase.CLOSE_UNCONFIRMED || (!lease.holderAlive() && !this.takesOver);
	}

	private boolean hasEnded(StoredLease lease) {
		Duration limit = lease.description().dynamic() ? ResolvedLeaseOptions.DYNAMIC_LIMIT
				: ResolvedLeaseOptions.SERVER_LIMIT;
		if (lease.age().compareTo(limit.plus(MARGIN)) > 0) {
			return true;
		}
		if (lease.phase() == LeasePhase.CLOSE_UNCONFIRMED) {
			return false;
		}
		String sessionId = lease.sessionId();
		try {
			return (sessionId != null) ? !this.search.isRunning(sessionId) : wasNeverCreated(lease);
		}
		catch (RuntimeException ex) {
			logger.debug("Lease " + lease.hold().leaseId() + " is not removed now", ex);
			return false;
		}
	}

	/**
	 * Return whether the session of a lease without a known id must have ended: its time
	 * has passed, and no running session matches.
	 */
	private boolean wasNeverCreated(StoredLease lease) {
		if (lease.age().compareTo(Duration.ofMinutes(lease.minutes()).plus(MARGIN)) <= 0) {
			return false;
		}
		SessionSearch.Result result = this.search.find(lease.description().machineId());
		List<StoredLease> leases = this.registry.read();
		return result.complete()
				&& SessionMatch.of(lease, result.sessions(), leases, this.search.users(result)).candidates().isEmpty();
	}

}
