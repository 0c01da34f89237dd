package com.comfydeploy.lease;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;

/**
 * The leases of this JVM in the store. The registry adds leases, writes heartbeats, and
 * detects two things: leases of this JVM that another JVM has taken over, and leases of
 * other JVMs whose holder is dead.
 */
final class LeaseRegistry {

	/** Time to wait for the writes of other threads when this JVM ends. */
	private static final Duration LAST_WRITE = Duration.ofSeconds(2);

	private static final int MAX_HEARTBEATS = 3;

	private final StoreConnection store;

	private final String instance;

	private final LeaseLimits limits;

	private final LeaseScheduler scheduler;

	private final boolean adoptable;

	private final Heartbeat heartbeat;

	private final HolderLiveness liveness;

	/** By the leases' ids in the store. */
	private final Map<String, StoredLeaseRecord> records = new ConcurrentHashMap<>();

	/** Leases that may not be in the store yet. */
	private final Set<String> unconfirmed = ConcurrentHashMap.newKeySet();

	private final AbandonedLeases abandoned;

	/** Heartbeats that were written here and have not ended. */
	private final AtomicInteger heartbeats = new AtomicInteger();

	private volatile List<StoredLease> leases = List.of();

	/**
	 * Create a registry.
	 * @param adoptable whether a JVM that takes over a lease continues to hold it
	 */
	LeaseRegistry(LeaseStore store, String instance, LeaseLimits limits, LeaseScheduler scheduler, boolean adoptable) {
		this.store = new StoreConnection(store, scheduler);
		this.instance = instance;
		this.limits = limits;
		this.scheduler = scheduler;
		this.adoptable = adoptable;
		this.abandoned = new AbandonedLeases(scheduler);
		this.liveness = new HolderLiveness(scheduler);
		this.heartbeat = new Heartbeat(this.store, instance, scheduler, this.liveness::reset);
	}

	Heartbeat heartbeat() {
		return this.heartbeat;
	}

	/**
	 * Add a lease whose session is about to be created, or is adopted, and return its
	 * record, or what refused it.
	 * @param sessionId the session's id, or {@code null} if it has none yet
	 * @throws LeaseStoreException if the store cannot be reached
	 */
	Attempt add(LeaseDescription description, @Nullable String sessionId, int minutes) {
		this.abandoned.check();
		LeaseHold hold = LeaseHold.first(UUID.randomUUID().toString(), this.instance);
		NewLease lease = (sessionId != null) ? NewLease.held(hold, description, sessionId, minutes)
				: NewLease.creating(hold, description, minutes);
		StoredLeaseRecord record = record(lease);
		this.unconfirmed.add(hold.leaseId());
		this.records.put(hold.leaseId(), record);
		boolean added = false;
		try {
			StoreResult result = this.store.call((store) -> {
				this.heartbeat.refresh(store);
				this.abandoned.add(hold.leaseId());
				return store.add(lease, this.limits);
			}, (ended) -> this.abandoned.ended(hold.leaseId(), ended));
			added = result == StoreResult.DONE;
			if (added) {
				this.abandoned.remove(hold.leaseId());
			}
			return new Attempt(added ? record : null, result);
		}
		finally {
			if (!added) {
				this.records.remove(hold.leaseId());
			}
			this.unconfirmed.remove(hold.leaseId());
		}
	}

	private StoredLeaseRecord record(NewLease lease) {
		return new StoredLeaseRecord(this.store, this.heartbeat, this.limits, this.scheduler, this.adoptable, lease);
	}

	/**
	 * Take over a lease whose holder is dead.
	 * @return its record, or empty if somebody else was faster, the holder is alive
	 * again, or the store is unavailable
	 */
	Optional<StoredLeaseRecord> takeOver(StoredLease lease) {
		LeaseHold hold = lease.hold().takenOverBy(this.instance);
		Duration age = lease.age().isNegative() ? Duration.ZERO : lease.age();
		StoredLeaseRecord record = record(new NewLease(hold, lease.description(), lease.phase(), lease.sessionId(),
				Math.max(1, lease.minutes()), age));
		// Register it first, so that this JVM does not treat it as a lease of an earlier
		// process
		this.unconfirmed.add(hold.leaseId());
		this.records.put(hold.leaseId(), record);
		boolean taken = false;
		try {
			taken = this.store.call((store) -> store.takeOver(lease, this.instance)).isPresent();
		}
		catch (LeaseStoreException ex) {
			// If it was carried out nevertheless, the lease is found as that of this
			// instance
		}
		finally {
			if (!taken) {
				this.records.remove(hold.leaseId(), record);
			}
			this.unconfirmed.remove(hold.leaseId());
		}
		return taken ? Optional.of(record) : Optional.empty();
	}

	/**
	 * Write pending changes, and compare the leases with the store.
	 * @param orphans receives each lease whose holder is dead
	 * @param takenOver receives each lease of this JVM that another one has taken over
	 */
	void refresh(Consumer<StoredLease> orphans, Consumer<StoredLeaseRecord> takenOver) {
		for (StoredLeaseRecord record : List.copyOf(this.records.values())) {
			record.flush(Duration.ZERO);
			publish(record, takenOver);
		}
		Map<String, StoredLeaseRecord> missing = new HashMap<>(this.records);
		Set<String> known = Set.copyOf(missing.keySet());
		missing.keySet().removeAll(this.unconfirmed);
		int pauses = this.heartbeat.pauses();
		long start = this.scheduler.nanoTime();
		List<StoredLease> leases;
		try {
			leases = readAll();
		}
		catch (LeaseStoreException ex) {
			return;
		}
		keepAlive();
		for (StoredLease lease : leases) {
			String id = lease.hold().leaseId();
			missing.remove(id);
			StoredLeaseRecord record = this.records.get(id);
			if (record != null) {
				compare(record, lease, pauses, takenOver);
			}
			else if (isAbandoned(id)) {
				removeAbandoned(lease);
			}
			else if (!known.contains(id) && !lease.holderAlive()) {
				orphans.accept(lease);
			}
		}
		this.abandoned.retain(leases, start);
		missing.values().forEach((record) -> {
			record.verify();
			publish(record, takenOver);
		});
	}

	/**
	 * Write a heartbeat now that the store responds, if earlier ones prevent the next:
	 * they may never return.
	 */
	private void keepAlive() {
		if (!this.heartbeat.isBlocked() || this.heartbeats.get() >= MAX_HEARTBEATS) {
			return;
		}
		this.heartbeats.incrementAndGet();
		try {
			this.store.call(this.heartbeat::write, (ended) -> this.heartbeats.decrementAndGet());
		}
		catch (LeaseStoreException ex) {
			// The next time
		}
	}

	private void compare(StoredLeaseRecord record, StoredLease lease, int pauses,
			Consumer<StoredLeaseRecord> takenOver) {
		if (lease.hold().epoch() > record.hold().epoch()) {
			record.lose();
			publish(record, takenOver);
		}
		else {
			record.confirm(pauses);
		}
	}

	private boolean isAbandoned(String id) {
		return this.abandoned.contains(id) && !this.records.containsKey(id);
	}

	private void removeAbandoned(StoredLease lease) {
		try {
			this.store.call((store) -> store.remove(lease.hold(), 0));
		}
		catch (LeaseStoreException ex) {
			// The next time
		}
	}

	/**
	 * Read the leases of all holders, without those that were abandoned before their
	 * session was created.
	 * @throws LeaseStoreException if the store cannot be reached
	 */
	List<StoredLease> read() {
		return readAll().stream().filter((lease) -> !isAbandoned(lease.hold().leaseId())).toList();
	}

	private List<StoredLease> readAll() {
		long start = this.scheduler.nanoTime();
		try {
			List<StoredLease> leases = this.liveness.assess(this.store.call(LeaseStore::findAll), start)
				.stream()
				.map(this::withOwnHolder)
				.toList();
			this.leases = leases;
			return leases;
		}
		catch (LeaseStoreException ex) {
			this.liveness.reset();
			throw ex;
		}
	}

	/**
	 * Write what could not be written, for the last time, and remove what was abandoned.
	 */
	void flush() {
		try {
			if (!this.abandoned.isEmpty() || (!this.store.isAvailable() && !this.records.isEmpty())) {
				this.store.call(LeaseStore::findAll)
					.stream()
					.filter((lease) -> isAbandoned(lease.hold().leaseId()))
					.forEach(this::removeAbandoned);
			}
			long end = this.scheduler.nanoTime() + LAST_WRITE.toNanos();
			for (StoredLeaseRecord record : List.copyOf(this.records.values())) {
				long left = end - this.scheduler.nanoTime();
				if (left <= 0) {
					// Another JVM takes the other leases over
					break;
				}
				record.flush(Duration.ofNanos(left));
			}
		}
		catch (LeaseStoreException ex) {
			// The changes are lost: another JVM takes these leases over
		}
	}

	private void publish(StoredLeaseRecord record, Consumer<StoredLeaseRecord> takenOver) {
		if (record.isOver()) {
			this.records.remove(record.hold().leaseId(), record);
			if (!record.isHeld()) {
				takenOver.accept(record);
			}
		}
	}

	/**
	 * Return the leases of all holders, as read last.
	 */
	List<StoredLease> leases() {
		return this.leases;
	}

	/**
	 * A lease of this instance id that this process does not hold belongs to an earlier
	 * process.
	 */
	private StoredLease withOwnHolder(StoredLease lease) {
		boolean own = lease.hold().instance().equals(this.instance);
		return own ? lease.withHolderAlive(this.records.containsKey(lease.hold().leaseId())) : lease;
	}

	/**
	 * Result of an attempt to add a lease.
	 *
	 * @param record the record, or {@code null} if the lease was refused
	 * @param result the result of the store
	 */
	record Attempt(@Nullable StoredLeaseRecord record, StoreResult result) {

	}

}
