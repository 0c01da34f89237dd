package com.comfydeploy.lease;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.Reservation;
import com.comfydeploy.lease.store.StoredLease;

/**
 * The leases of this JVM in the store: adds them, keeps their holder alive, and finds out
 * which of them others have taken over, and which of the others' have no holder any more.
 */
final class LeaseRegistry {

	/** A JVM that stood still for longer may be taken for dead. */
	private static final long FRESH = LeaseStore.HOLDER_TIMEOUT.dividedBy(3).toNanos();

	private final StoreConnection store;

	private final String instance;

	private final LeaseLimits limits;

	/** By the leases' ids in the store. */
	private final Map<String, StoredLeaseRecord> records = new ConcurrentHashMap<>();

	/** What was refused or failed, and may appear in the store all the same. */
	private final Set<String> abandoned = ConcurrentHashMap.newKeySet();

	private volatile List<StoredLease> leases = List.of();

	private final LeaseScheduler scheduler;

	/** By the scheduler's monotonic clock. */
	private volatile @Nullable Long heartbeatAt;

	LeaseRegistry(LeaseStore store, String instance, LeaseLimits limits, LeaseScheduler scheduler) {
		this.store = new StoreConnection(store);
		this.instance = instance;
		this.limits = limits;
		this.scheduler = scheduler;
	}

	/**
	 * Add a lease whose session is about to be created, and return its record, or what
	 * refused it.
	 * @throws LeaseStoreException if the store cannot be reached
	 */
	Attempt add(LeaseDescription description, int minutes) {
		Long heartbeatAt = this.heartbeatAt;
		if (heartbeatAt == null || this.scheduler.nanoTime() - heartbeatAt > FRESH) {
			heartbeat();
		}
		LeaseHold hold = LeaseHold.first(UUID.randomUUID().toString(), this.instance);
		StoredLeaseRecord record = new StoredLeaseRecord(this.store, this.limits, hold, LeasePhase.CREATING, null,
				minutes);
		this.records.put(hold.leaseId(), record);
		boolean granted = false;
		try {
			Reservation reservation = this.store.call((store) -> store.add(hold, description, minutes, this.limits));
			granted = reservation == Reservation.GRANTED;
			return new Attempt(granted ? record : null, reservation);
		}
		catch (LeaseStoreException ex) {
			// It may have been added all the same
			this.abandoned.add(hold.leaseId());
			throw ex;
		}
		finally {
			if (!granted) {
				this.records.remove(hold.leaseId());
			}
		}
	}

	/**
	 * Take over a lease whose holder is dead.
	 * @return its record, or empty if somebody else was faster, or the store is away
	 */
	Optional<StoredLeaseRecord> takeOver(StoredLease lease) {
		try {
			return this.store.call((store) -> store.takeOver(lease.hold(), this.instance)).map((hold) -> {
				StoredLeaseRecord record = new StoredLeaseRecord(this.store, this.limits, hold, lease.phase(),
						lease.sessionId(), lease.minutes());
				this.records.put(hold.leaseId(), record);
				return record;
			});
		}
		catch (LeaseStoreException ex) {
			return Optional.empty();
		}
	}

	private void heartbeat() {
		long now = this.scheduler.nanoTime();
		this.store.call((store) -> {
			store.heartbeat(this.instance);
			return true;
		});
		this.heartbeatAt = now;
	}

	/**
	 * Be alive, write what could not be written, and compare.
	 * @param orphans takes each lease whose holder is dead
	 * @param takenOver takes each lease of this JVM that another one has taken over
	 */
	void refresh(Consumer<StoredLease> orphans, Consumer<StoredLeaseRecord> takenOver) {
		List<StoredLease> leases;
		Set<String> knownBefore = Set.copyOf(this.records.keySet());
		try {
			heartbeat();
			flush();
			leases = this.store.call(LeaseStore::findAll);
		}
		catch (LeaseStoreException ex) {
			return;
		}
		this.leases = leases.stream().map(this::withOwnHolder).toList();
		for (StoredLease lease : leases) {
			String id = lease.hold().leaseId();
			StoredLeaseRecord record = this.records.get(id);
			if (record != null) {
				if (lease.hold().epoch() > record.hold().epoch()) {
					record.lose();
					takenOver.accept(record);
				}
			}
			else if (this.abandoned.contains(id)) {
				removeAbandoned(lease);
			}
			else if (!knownBefore.contains(id) && isOrphan(lease)) {
				orphans.accept(lease);
			}
		}
	}

	private void removeAbandoned(StoredLease lease) {
		try {
			this.store.call((store) -> store.remove(lease.hold(), 0));
			this.abandoned.remove(lease.hold().leaseId());
		}
		catch (LeaseStoreException ex) {
			// The next time
		}
	}

	/**
	 * Write what could not be written.
	 */
	void flush() {
		for (StoredLeaseRecord record : new LinkedHashSet<>(this.records.values())) {
			record.flush();
			if (record.isOver()) {
				this.records.remove(record.hold().leaseId(), record);
			}
		}
	}

	/**
	 * Return the leases of all holders, as of the last refresh.
	 */
	List<StoredLease> leases() {
		return this.leases;
	}

	/**
	 * A lease of this instance that is not held here is that of an earlier process.
	 */
	private StoredLease withOwnHolder(StoredLease lease) {
		boolean here = this.records.containsKey(lease.hold().leaseId());
		if (here || !lease.hold().instance().equals(this.instance)) {
			return lease;
		}
		return new StoredLease(lease.hold(), lease.description(), lease.phase(), lease.sessionId(), lease.minutes(),
				lease.openedAt(), lease.age(), false);
	}

	/**
	 * Whether a lease that is not held here has no holder. One of this instance is that
	 * of an earlier process.
	 */
	private boolean isOrphan(StoredLease lease) {
		return !lease.holderAlive() || lease.hold().instance().equals(this.instance);
	}

	/**
	 * What became of an attempt to add a lease.
	 *
	 * @param record the record, or {@code null} if a limit refused it
	 * @param reservation what the store says
	 */
	record Attempt(@Nullable StoredLeaseRecord record, Reservation reservation) {

	}

}
