package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Finds the sessions of creates whose outcome is unknown, and cancels them. It reads the
 * sessions before the leases: if a session belongs to a lease, this lease is then known.
 */
final class UnknownCreates {

	private static final Duration URGENT_INTERVAL = Duration.ofSeconds(2);

	/**
	 * Time after the deadline at which the server has certainly ended a session.
	 */
	static final Duration MARGIN = Duration.ofMinutes(2);

	/**
	 * Time after which another JVM certainly knows the id of a session that it has
	 * created.
	 */
	private static final Duration PATIENCE = Duration.ofMinutes(1);

	/** No session lives longer. */
	private static final Duration LONGEST_SESSION = Duration.ofHours(24);

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseRegistry registry;

	private final SessionSearch search;

	private final LeaseHolder holder;

	private final LeaseReports reports;

	private final boolean claims;

	private final RepeatingTask task;

	/** By the leases' ids in the store. */
	private final Map<String, StoredLeaseRecord> records = new ConcurrentHashMap<>();

	/**
	 * Create an instance.
	 * @param claims whether to claim and cancel the sessions, or only report them
	 */
	UnknownCreates(LeaseRegistry registry, LeaseScheduler scheduler, SessionSearch search, LeaseHolder holder,
			LeaseReports reports, boolean claims) {
		this.registry = registry;
		this.search = search;
		this.holder = holder;
		this.reports = reports;
		this.claims = claims;
		this.task = new RepeatingTask(scheduler, "look for sessions of unknown creates", this::run);
	}

	void start() {
		this.task.start();
	}

	void stop() {
		this.task.stop();
	}

	/**
	 * Look for the session of a lease from now on.
	 */
	void add(StoredLeaseRecord record) {
		this.records.put(record.hold().leaseId(), record);
		this.task.runNow();
	}

	private Duration run() {
		this.records.values().removeIf((record) -> !record.isHeld());
		boolean urgent = false;
		Set<@Nullable String> machines = new LinkedHashSet<>();
		this.records.values().forEach((record) -> machines.add(record.description().machineId()));
		for (String machineId : machines) {
			SessionSearch.Result result = search(machineId);
			try {
				urgent |= reconcile(machineId, result, new ArrayList<>(this.registry.read()));
			}
			catch (LeaseStoreException ex) {
				logger.debug("The leases of machine " + machineId + " cannot be read", ex);
			}
		}
		return urgent ? URGENT_INTERVAL : Heartbeat.INTERVAL;
	}

	private SessionSearch.Result search(@Nullable String machineId) {
		try {
			return this.search.find(machineId);
		}
		catch (RuntimeException ex) {
			logger.debug("The sessions of machine " + machineId + " cannot be listed", ex);
			return SessionSearch.Result.NOTHING;
		}
	}

	/**
	 * Compare the leases of a machine with its sessions.
	 * @return whether one of them is so young that its session may have just been created
	 */
	private boolean reconcile(@Nullable String machineId, SessionSearch.Result result, List<StoredLease> leases) {
		boolean urgent = false;
		leases.forEach(this.search::learn);
		for (int i = 0; i < leases.size(); i++) {
			StoredLease lease = leases.get(i);
			StoredLeaseRecord record = this.records.get(lease.hold().leaseId());
			if (record != null && this.task.isRunning() && Objects.equals(machineId, lease.description().machineId())) {
				urgent |= lease.age().compareTo(PATIENCE) < 0;
				String sessionId = reconcile(lease, record, result, leases);
				if (sessionId != null) {
					leases.set(i, lease.withSessionId(sessionId));
				}
			}
		}
		return urgent;
	}

	private @Nullable String reconcile(StoredLease lease, StoredLeaseRecord record, SessionSearch.Result result,
			List<StoredLease> leases) {
		SessionMatch match = SessionMatch.of(lease, result.sessions(), leases, this.search.users(result));
		// An earlier claim may have been carried out although the store did not respond
		String sessionId = (lease.sessionId() != null || !this.claims) ? lease.sessionId() : match.sessionId();
		if (sessionId != null && claim(record, sessionId)) {
			this.records.remove(lease.hold().leaseId());
			logger.warn("Session " + sessionId + " is cancelled: it belongs to lease " + lease.hold().leaseId()
					+ ", whose create had an unknown outcome");
			this.holder.recover(lease, record, sessionId).closeAsync();
			return sessionId;
		}
		if (!match.candidates().isEmpty() && lease.age().compareTo(PATIENCE) > 0) {
			this.reports.report(lease, "The outcome of its create is unknown", List.copyOf(match.candidates()));
		}
		boolean ended = result.complete() && match.candidates().isEmpty()
				&& lease.age().compareTo(Duration.ofMinutes(lease.minutes()).plus(MARGIN)) > 0;
		if (ended || lease.age().compareTo(LONGEST_SESSION) > 0) {
			this.reports.report(lease, "The outcome of its create is still unknown, and no running session matches it",
					List.of());
			this.records.remove(lease.hold().leaseId());
			record.remove(lease.minutes());
		}
		return null;
	}

	/**
	 * Claim a session. The claim fails if another lease has or had the session.
	 */
	private static boolean claim(StoredLeaseRecord record, String sessionId) {
		try {
			return record.claim(sessionId) == StoreResult.DONE;
		}
		catch (LeaseStoreException ex) {
			logger.debug("Session " + sessionId + " cannot be claimed now", ex);
			return false;
		}
	}

}
