package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;

/**
 * Decides which holders are dead. The store's clock alone is not sufficient, because all
 * heartbeats are old after an outage of the store. Therefore this JVM must also have read
 * the same heartbeat regularly for {@link LeaseStore#HOLDER_TIMEOUT}, by its own
 * monotonic clock.
 */
final class HolderLiveness {

	private static final long TIMEOUT = LeaseStore.HOLDER_TIMEOUT.toNanos();

	/** Maximum time between two reads that count as regular. */
	private static final long LONGEST_GAP = Duration.ofSeconds(30).toNanos();

	private final LeaseScheduler scheduler;

	/** By the instances' ids. */
	private Map<String, Observation> observations = new HashMap<>();

	private @Nullable Long readAt;

	HolderLiveness(LeaseScheduler scheduler) {
		this.scheduler = scheduler;
	}

	/**
	 * Forget all observations, because the store could not be read or written.
	 */
	synchronized void reset() {
		this.observations.clear();
	}

	/**
	 * Return leases with this JVM's assessment of their holders.
	 * @param start when the read began, by the scheduler's monotonic clock
	 */
	synchronized List<StoredLease> assess(List<StoredLease> leases, long start) {
		Long readBefore = this.readAt;
		if (readBefore != null && start - readBefore > LONGEST_GAP) {
			reset();
		}
		long now = this.scheduler.nanoTime();
		Map<String, Observation> observations = new HashMap<>();
		for (StoredLease lease : leases) {
			String instance = lease.hold().instance();
			Observation before = this.observations.get(instance);
			boolean same = before != null && Objects.equals(before.heartbeat(), lease.holderSeenAt());
			observations.put(instance, (before != null && same) ? before : new Observation(lease.holderSeenAt(), now));
		}
		this.observations = observations;
		this.readAt = now;
		return leases.stream().map((lease) -> lease.withHolderAlive(!isDead(lease, start))).toList();
	}

	private boolean isDead(StoredLease lease, long now) {
		if (lease.holderSeenAt() == null) {
			return true;
		}
		Observation observation = this.observations.get(lease.hold().instance());
		return !lease.holderAlive() && observation != null && now - observation.since() >= TIMEOUT;
	}

	/**
	 * A last heartbeat, and since when it is the last.
	 */
	private record Observation(@Nullable Instant heartbeat, long since) {

	}

}
