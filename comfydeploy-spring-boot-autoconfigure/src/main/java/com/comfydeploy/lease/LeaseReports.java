package com.comfydeploy.lease;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import com.comfydeploy.lease.store.StoredLease;

/**
 * Reports leases in the store that need attention, each once for each reason.
 */
final class LeaseReports {

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final Consumer<LeaseReportEvent> listener;

	private final Set<String> reported = ConcurrentHashMap.newKeySet();

	LeaseReports(Consumer<LeaseReportEvent> listener) {
		this.listener = listener;
	}

	/**
	 * Report a lease, unless it was reported for this reason.
	 * @param candidates the ids of the sessions that may belong to the lease
	 */
	void report(StoredLease lease, String reason, List<String> candidates) {
		if (!this.reported.add(lease.hold().leaseId() + reason)) {
			return;
		}
		logger.warn("Lease " + lease.hold().leaseId() + " on machine " + lease.description().machineId() + " of owner "
				+ lease.description().owner() + ": " + reason + ". "
				+ (candidates.isEmpty() ? "Its session is not known"
						: "Sessions that may belong to it: " + String.join(", ", candidates))
				+ ". No session is cancelled");
		try {
			this.listener.accept(new LeaseReportEvent(lease, candidates));
		}
		catch (RuntimeException ex) {
			logger.warn("A listener of LeaseReportEvent failed", ex);
		}
	}

	/**
	 * Forget the reports of leases that are not in the store any more.
	 */
	void retain(List<StoredLease> leases) {
		this.reported
			.removeIf((report) -> leases.stream().noneMatch((lease) -> report.startsWith(lease.hold().leaseId())));
	}

}
