package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Takes over leases whose holder died. It reads the store every 10 seconds and never
 * waits for ComfyDeploy.
 */
final class LeaseRecovery {

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private static final Runnable NOTHING = () -> {
	};

	private final LeaseRegistry registry;

	private final OrphanPolicy onOrphan;

	private final LeaseHolder holder;

	private final LeaseReports reports;

	private final UnknownCreates unknownCreates;

	private final EndedLeases endedLeases;

	private final SessionSearch search;

	private final RepeatingTask task;

	/** Done when the last takeover has ended. */
	private volatile CompletableFuture<Void> takeover = CompletableFuture.completedFuture(null);

	LeaseRecovery(LeaseRegistry registry, LeaseScheduler scheduler, OrphanPolicy onOrphan, SessionSearch search,
			LeaseHolder holder, Consumer<LeaseReportEvent> listener) {
		this.registry = registry;
		this.onOrphan = onOrphan;
		this.search = search;
		this.holder = holder;
		this.reports = new LeaseReports(listener);
		this.unknownCreates = new UnknownCreates(registry, scheduler, search, holder, this.reports,
				onOrphan != OrphanPolicy.REPORT);
		this.endedLeases = new EndedLeases(registry, scheduler, search, onOrphan != OrphanPolicy.REPORT);
		this.task = new RepeatingTask(scheduler, "take over leases whose holder died", this::run);
	}

	/**
	 * Start, unless it is running.
	 */
	void start() {
		this.registry.heartbeat().start();
		this.task.start();
		this.unknownCreates.start();
		this.endedLeases.start();
	}

	/**
	 * Take over no more leases. Leases that were taken over are closed by their holder.
	 * The heartbeat continues: until they are closed, this JVM holds them.
	 * @return a future that completes when a takeover in progress has ended
	 */
	CompletableFuture<Void> stop() {
		this.task.stop();
		this.unknownCreates.stop();
		this.endedLeases.stop();
		return this.takeover;
	}

	private Duration run() {
		this.registry.refresh(this::onOrphan, this.holder::takenOver);
		this.registry.leases().forEach(this.search::learn);
		this.reports.retain(this.registry.leases());
		return Heartbeat.INTERVAL;
	}

	/**
	 * Learn that a session was created here.
	 */
	void created(String sessionId) {
		this.search.learn(sessionId);
	}

	/**
	 * Look for the session of a lease that was being created by this JVM.
	 */
	void reconcile(StoredLeaseRecord record) {
		record.update(LeasePhase.UNKNOWN, null);
		this.unknownCreates.add(record);
	}

	private void onOrphan(StoredLease lease) {
		if (!this.task.isRunning() || lease.phase() == LeasePhase.CLOSE_UNCONFIRMED) {
			return;
		}
		if (this.onOrphan == OrphanPolicy.REPORT) {
			String sessionId = lease.sessionId();
			this.reports.report(lease, "Its JVM " + lease.hold().instance() + " died",
					(sessionId != null) ? List.of(sessionId) : List.of());
			return;
		}
		CompletableFuture<Void> takeover = new CompletableFuture<>();
		this.takeover = takeover;
		Runnable next = NOTHING;
		try {
			// Either stop() has prevented the takeover, or it waits for it
			if (this.task.isRunning()) {
				next = takeOver(lease);
			}
		}
		finally {
			takeover.complete(null);
		}
		// A listener may stop the application, and would wait for the takeover
		next.run();
	}

	/**
	 * Take over a lease.
	 * @return what to do with it
	 */
	private Runnable takeOver(StoredLease lease) {
		StoredLeaseRecord record = this.registry.takeOver(lease).orElse(null);
		if (record == null) {
			return NOTHING;
		}
		String sessionId = lease.sessionId();
		if (sessionId == null) {
			logger.warn("The create of lease " + lease.hold().leaseId() + " on machine "
					+ lease.description().machineId() + " was not finished, because JVM " + lease.hold().instance()
					+ " died. This JVM searches for its session");
			return () -> reconcile(record);
		}
		if (this.onOrphan == OrphanPolicy.ADOPT && lease.phase() == LeasePhase.HELD
				&& lease.age().compareTo(lease.description().maxLifetime()) < 0) {
			logger.warn("Session " + sessionId + " is taken over from " + lease.hold().instance() + ", which died");
			return this.holder.recover(lease, record, sessionId)::start;
		}
		logger.warn("Session " + sessionId + " is cancelled, because JVM " + lease.hold().instance() + " died");
		return this.holder.recover(lease, record, sessionId)::closeAsync;
	}

}
