package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;

/**
 * The leases that could not be added before their session was created, but may appear in
 * the store anyway: the call that adds one has failed, or has not ended yet.
 */
final class AbandonedLeases {

	/** A lease that appears does so soon after the call has ended. */
	private static final long APPEARS_WITHIN = Duration.ofMinutes(1).toNanos();

	private static final int MAX_SIZE = 10_000;

	private final LeaseScheduler scheduler;

	/** By the leases' ids in the store: when the call ended, or that it has not. */
	private final Map<String, Addition> additions = new ConcurrentHashMap<>();

	AbandonedLeases(LeaseScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Check that another lease can be added.
	 * @throws LeaseStoreException if too many may still appear
	 */
	void check() {
		if (this.additions.size() >= MAX_SIZE) {
			throw new LeaseStoreException(
					"The lease store has failed too often when a lease was added, so nothing was sent", null);
		}
	}

	/**
	 * Record that a lease is about to be added: it is abandoned unless it is removed.
	 */
	void add(String id) {
		this.additions.put(id, new Addition(null));
	}

	/**
	 * Record that the call that adds a lease has ended.
	 * @param result the result, or {@code null} if it failed
	 */
	void ended(String id, @Nullable StoreResult result) {
		if (result == null || result == StoreResult.DONE) {
			this.additions.computeIfPresent(id, (key, addition) -> new Addition(this.scheduler.nanoTime()));
		}
		else {
			remove(id);
		}
	}

	void remove(String id) {
		this.additions.remove(id);
	}

	boolean isEmpty() {
		return this.additions.isEmpty();
	}

	boolean contains(String id) {
		return this.additions.containsKey(id);
	}

	/**
	 * Forget those that can no longer appear.
	 * @param leases all leases in the store
	 * @param readAt when they were read, by the scheduler's monotonic clock
	 */
	void retain(List<StoredLease> leases, long readAt) {
		Set<String> present = leases.stream().map((lease) -> lease.hold().leaseId()).collect(Collectors.toSet());
		this.additions.entrySet()
			.removeIf((entry) -> entry.getValue().hasEndedBefore(readAt - APPEARS_WITHIN)
					&& !present.contains(entry.getKey()));
	}

	/**
	 * A call that adds a lease.
	 *
	 * @param endedAt when it ended, or {@code null} if it has not
	 */
	private record Addition(@Nullable Long endedAt) {

		boolean hasEndedBefore(long time) {
			return this.endedAt != null && this.endedAt - time < 0;
		}

	}

}
