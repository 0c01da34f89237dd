package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;

/**
 * What becomes of leases in the store that nobody holds, and of those whose create had no
 * certain outcome. It runs every 10 seconds, on one thread at a time.
 */
final class LeaseRecovery {

	static final Duration INTERVAL = Duration.ofSeconds(10);

	private static final Duration URGENT_INTERVAL = Duration.ofSeconds(2);

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	/**
	 * After its deadline the server has ended a session, whether it had started or not.
	 */
	private static final Duration MARGIN = Duration.ofMinutes(2);

	/** By then another JVM knows the id of a session that it is creating. */
	private static final Duration PATIENCE = Duration.ofMinutes(1);

	/** No session lives longer. */
	private static final Duration LONGEST_SESSION = Duration.ofHours(24);

	private final LeaseRegistry registry;

	private final LeaseScheduler scheduler;

	private final OnOrphan onOrphan;

	private final SessionSearch search;

	private final Holder holder;

	private final Consumer<LeaseReportEvent> listener;

	/** Leases of unknown outcome that are held here, by their ids in the store. */
	private final Map<String, StoredLeaseRecord> unknown = new ConcurrentHashMap<>();

	/** What was reported, so that it is not again. */
	private final Set<String> reported = ConcurrentHashMap.newKeySet();

	private final Object lock = new Object();

	private boolean running;

	private int generation;

	/** Whether a session is looked for that may have just been created. */
	private volatile boolean urgent;

	private LeaseScheduler.@Nullable Timer timer;

	LeaseRecovery(LeaseRegistry registry, LeaseScheduler scheduler, OnOrphan onOrphan, SessionSearch search,
			Holder holder, Consumer<LeaseReportEvent> listener) {
		this.registry = registry;
		this.scheduler = scheduler;
		this.onOrphan = onOrphan;
		this.search = search;
		this.holder = holder;
		this.listener = listener;
	}

	/**
	 * Begin, unless it runs.
	 */
	void start() {
		synchronized (this.lock) {
			if (!this.running) {
				this.running = true;
				this.generation++;
				schedule(Duration.ZERO);
			}
		}
	}

	/**
	 * Stop looking. What was taken over is closed by its holder.
	 */
	void stop() {
		synchronized (this.lock) {
			this.running = false;
			if (this.timer != null) {
				this.timer.cancel();
			}
		}
	}

	private void schedule(Duration delay) {
		int generation = this.generation;
		this.timer = this.scheduler.schedule(() -> run(generation), delay);
	}

	private void run(int generation) {
		try {
			this.registry.refresh(this::onOrphan, this.holder::takenOver);
			reconcile();
		}
		catch (RuntimeException | Error ex) {
			logger.warn("Leases whose holder died cannot be taken over now", ex);
		}
		synchronized (this.lock) {
			if (this.running && generation == this.generation) {
				schedule(this.urgent ? URGENT_INTERVAL : INTERVAL);
			}
		}
	}

	/**
	 * Look for the session of a lease that was being created by this JVM.
	 */
	void reconcile(StoredLeaseRecord record) {
		record.update(LeasePhase.UNKNOWN, null);
		this.unknown.put(record.hold().leaseId(), record);
	}

	private void onOrphan(StoredLease lease) {
		if (!isRunning()) {
			return;
		}
		if (this.onOrphan == OnOrphan.REPORT) {
			report(lease, "Its holder " + lease.hold().instance() + " died", sessionOf(lease));
			return;
		}
		Optional<StoredLeaseRecord> record = this.registry.takeOver(lease);
		if (record.isEmpty()) {
			return;
		}
		boolean adopted = this.onOrphan == OnOrphan.ADOPT && lease.phase() == LeasePhase.HELD
				&& lease.age().compareTo(lease.description().maxLifetime()) < 0;
		String sessionId = lease.sessionId();
		if (sessionId == null) {
			logger.warn("The create of lease " + lease.hold().leaseId() + " on machine "
					+ lease.description().machineId() + " was not finished by " + lease.hold().instance()
					+ ", which died. Its session is looked for");
			reconcile(record.get());
		}
		else if (adopted) {
			logger.warn("Session " + sessionId + " is taken over from " + lease.hold().instance() + ", which died");
			this.holder.adopt(lease, record.get(), sessionId);
		}
		else {
			logger.warn("Session " + sessionId + " of " + lease.hold().instance() + ", which died, is cancelled");
			this.holder.close(lease, record.get(), sessionId);
		}
	}

	private static List<String> sessionOf(StoredLease lease) {
		String sessionId = lease.sessionId();
		return (sessionId != null) ? List.of(sessionId) : List.of();
	}

	/**
	 * Compare leases of unknown outcome with the server's sessions.
	 */
	private void reconcile() {
		Map<String, SessionSearch.Result> found = new HashMap<>();
		boolean urgent = false;
		List<StoredLease> leases = new ArrayList<>(this.registry.leases());
		for (int i = 0; i < leases.size(); i++) {
			StoredLease lease = leases.get(i);
			StoredLeaseRecord record = this.unknown.get(lease.hold().leaseId());
			if (record != null && isRunning()) {
				urgent |= lease.age().compareTo(PATIENCE) < 0;
				String machineId = lease.description().machineId();
				SessionSearch.Result result = found.computeIfAbsent(String.valueOf(machineId),
						(key) -> search(machineId));
				String sessionId = reconcile(lease, record, result, leases);
				if (sessionId != null) {
					leases.set(i, withSession(lease, sessionId));
				}
			}
		}
		this.unknown.values().removeIf((record) -> !record.isHeld());
		this.urgent = urgent;
	}

	private SessionSearch.Result search(@Nullable String machineId) {
		try {
			return this.search.find(machineId);
		}
		catch (RuntimeException ex) {
			logger.debug("The sessions of machine " + machineId + " cannot be listed", ex);
			return new SessionSearch.Result(List.of(), false);
		}
	}

	private static StoredLease withSession(StoredLease lease, String sessionId) {
		return new StoredLease(lease.hold(), lease.description(), lease.phase(), sessionId, lease.minutes(),
				lease.openedAt(), lease.age(), lease.holderAlive());
	}

	private @Nullable String reconcile(StoredLease lease, StoredLeaseRecord record, SessionSearch.Result result,
			List<StoredLease> leases) {
		SessionMatch match = SessionMatch.of(lease, result.sessions(), leases);
		String sessionId = match.sessionId();
		if (sessionId != null) {
			this.unknown.remove(lease.hold().leaseId());
			if (record.update(LeasePhase.CLOSING, sessionId)) {
				logger.warn("Session " + sessionId + " is that of lease " + lease.hold().leaseId()
						+ ", whose create had no certain outcome. It is cancelled");
				this.holder.close(lease, record, sessionId);
			}
			return sessionId;
		}
		if (!match.candidates().isEmpty() && lease.age().compareTo(PATIENCE) > 0) {
			report(lease, "The outcome of its create is unknown", List.copyOf(match.candidates()));
		}
		boolean ended = result.complete() && match.candidates().isEmpty()
				&& lease.age().compareTo(Duration.ofMinutes(lease.minutes()).plus(MARGIN)) > 0;
		if (ended || lease.age().compareTo(LONGEST_SESSION) > 0) {
			report(lease, "The outcome of its create stays unknown, and no session of it runs now", List.of());
			this.unknown.remove(lease.hold().leaseId());
			record.remove(lease.minutes());
		}
		return null;
	}

	private void report(StoredLease lease, String reason, List<String> candidates) {
		if (!this.reported.add(lease.hold().leaseId() + reason)) {
			return;
		}
		logger.warn("Lease " + lease.hold().leaseId() + " on machine " + lease.description().machineId() + " of owner "
				+ lease.description().owner() + ": " + reason + ". " + (candidates.isEmpty()
						? "Its session is not known" : "Sessions that may be its: " + String.join(", ", candidates))
				+ ". Nothing is cancelled");
		try {
			this.listener.accept(new LeaseReportEvent(lease, candidates));
		}
		catch (RuntimeException ex) {
			logger.warn("A listener of LeaseReportEvent failed", ex);
		}
	}

	private boolean isRunning() {
		synchronized (this.lock) {
			return this.running;
		}
	}

	/**
	 * Holds what is taken over.
	 */
	interface Holder {

		/**
		 * Cancel the session of a lease.
		 */
		void close(StoredLease lease, StoredLeaseRecord record, String sessionId);

		/**
		 * Hold a lease on.
		 */
		void adopt(StoredLease lease, StoredLeaseRecord record, String sessionId);

		/**
		 * Let go of a lease that somebody else holds now.
		 */
		void takenOver(StoredLeaseRecord record);

	}

}
