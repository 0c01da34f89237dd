package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
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

	private final LeaseRegistry registry;

	private final OrphanPolicy onOrphan;

	private final LeaseHolder holder;

	private final LeaseReports reports;

	private final UnknownCreates unknownCreates;

	private final EndedLeases endedLeases;

	private final SessionSearch search;

	private final RepeatingTask task;

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
	 */
	void stop() {
		this.task.stop();
		this.unknownCreates.stop();
		this.endedLeases.stop();
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
		String sessionId = lease.sessionId();
		if (this.onOrphan == OrphanPolicy.REPORT) {
			this.reports.report(lease, "Its JVM " + lease.hold().instance() + " died",
					(sessionId != null) ? List.of(sessionId) : List.of());
			return;
		}
		Optional<StoredLeaseRecord> record = this.registry.takeOver(lease);
		if (record.isEmpty()) {
			return;
		}
		if (sessionId == null) {
			logger.warn("The create of lease " + lease.hold().leaseId() + " on machine "
					+ lease.description().machineId() + " was not finished, because JVM " + lease.hold().instance()
					+ " died. This JVM searches for its session");
			reconcile(record.get());
		}
		else if (this.onOrphan == OrphanPolicy.ADOPT && lease.phase() == LeasePhase.HELD
				&& lease.age().compareTo(lease.description().maxLifetime()) < 0) {
			logger.warn("Session " + sessionId + " is taken over from " + lease.hold().instance() + ", which died");
			this.holder.adopt(lease, record.get(), sessionId);
		}
		else {
			logger.warn("Session " + sessionId + " is cancelled, because JVM " + lease.hold().instance() + " died");
			this.holder.close(lease, record.get(), sessionId);
		}
	}

}
