package com.comfydeploy.lease.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link LeaseStore} in memory, for one JVM. A subclass may write each row elsewhere
 * first.
 */
abstract class RowLeaseStore implements LeaseStore {

	private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

	private final InstantSource clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, LeaseRow> rows = new HashMap<>();

	private final Map<String, Instant> heartbeats = new HashMap<>();

	RowLeaseStore(InstantSource clock) {
		this.clock = clock;
	}

	/**
	 * Write a row, before it is changed in memory. Called under the lock.
	 */
	abstract void write(LeaseRow row);

	/**
	 * Check that the store can be used. Called under the lock.
	 */
	void checkOpen() {
	}

	@Override
	public StoreResult add(NewLease lease, LeaseLimits limits) {
		return locked(() -> {
			LeaseRow present = this.rows.get(lease.hold().leaseId());
			if (present != null) {
				return present.isHeldBy(lease.hold()) ? StoreResult.DONE : StoreResult.NOT_HELD;
			}
			if (isTaken(lease.sessionId(), lease.hold())) {
				return StoreResult.SESSION_TAKEN;
			}
			long open = this.rows.values().stream().filter((row) -> row.phase() != null).count();
			StoreResult result = limits.check(open, usedMinutes(), lease.minutes());
			if (result == StoreResult.DONE) {
				change(new LeaseRow(lease.hold(), lease.description(), lease.phase(), lease.sessionId(),
						lease.minutes(), now().minus(lease.age())));
			}
			return result;
		});
	}

	@Override
	public StoreResult reserve(LeaseHold hold, int minutes, LeaseLimits limits) {
		Assert.isTrue(minutes > 0, "minutes must be positive");
		return change(hold, (row) -> {
			StoreResult result = (minutes > row.minutes()) ? limits.checkMinutes(usedMinutes(), minutes - row.minutes())
					: StoreResult.DONE;
			if (result == StoreResult.DONE && minutes != row.minutes()) {
				change(row.withMinutes(minutes));
			}
			return result;
		});
	}

	@Override
	public StoreResult update(LeaseHold hold, LeasePhase phase, @Nullable String sessionId) {
		Assert.notNull(phase, "phase must not be null");
		return change(hold, (row) -> {
			if (isTaken(sessionId, hold)) {
				return StoreResult.SESSION_TAKEN;
			}
			change(row.withPhase(phase, sessionId));
			return StoreResult.DONE;
		});
	}

	@Override
	public StoreResult remove(LeaseHold hold, int minutes) {
		Assert.isTrue(minutes >= 0, "minutes must not be negative");
		return change(hold, (row) -> {
			change(row.removed(minutes));
			return StoreResult.DONE;
		});
	}

	@Override
	public Optional<LeaseHold> takeOver(StoredLease lease, String instance) {
		LeaseHold hold = lease.hold();
		LeaseHold taken = hold.takenOverBy(instance);
		StoreResult result = change(hold, (row) -> {
			if (!hold.instance().equals(instance)
					&& !Objects.equals(this.heartbeats.get(hold.instance()), lease.holderSeenAt())) {
				return StoreResult.NOT_HELD;
			}
			change(row.withHold(taken));
			return StoreResult.DONE;
		});
		return (result == StoreResult.DONE) ? Optional.of(taken) : Optional.empty();
	}

	@Override
	public void heartbeat(String instance) {
		locked(() -> this.heartbeats.put(instance, now()));
	}

	@Override
	public List<StoredLease> findAll() {
		return locked(() -> {
			Instant now = now();
			return this.rows.values()
				.stream()
				.filter((row) -> row.phase() != null)
				.sorted(Comparator.comparing(LeaseRow::openedAt).thenComparing((row) -> row.hold().leaseId()))
				.map((row) -> new StoredLease(row.hold(), row.description(), phase(row), row.sessionId(), row.minutes(),
						row.openedAt(), Duration.between(row.openedAt(), now),
						this.heartbeats.get(row.hold().instance()), isAlive(row.hold().instance(), now)))
				.toList();
		});
	}

	final <T> T locked(Supplier<T> action) {
		this.lock.lock();
		try {
			checkOpen();
			return action.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Run the last action of the store, unless another call does not end in time.
	 * @return whether it was run
	 */
	final boolean closing(Runnable action) {
		if (!tryLock()) {
			return false;
		}
		try {
			action.run();
			return true;
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean tryLock() {
		try {
			return this.lock.tryLock() || this.lock.tryLock(CLOSE_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
	}

	private StoreResult change(LeaseHold hold, Function<LeaseRow, StoreResult> change) {
		return locked(() -> {
			LeaseRow row = this.rows.get(hold.leaseId());
			if (row == null) {
				return StoreResult.ABSENT;
			}
			return row.isHeldBy(hold) ? change.apply(row) : StoreResult.NOT_HELD;
		});
	}

	private boolean isTaken(@Nullable String sessionId, LeaseHold hold) {
		return sessionId != null && this.rows.values()
			.stream()
			.anyMatch((row) -> sessionId.equals(row.sessionId()) && !row.hold().leaseId().equals(hold.leaseId()));
	}

	private void change(LeaseRow row) {
		write(row);
		put(row);
	}

	final void put(LeaseRow row) {
		if (row.phase() != null || row.minutes() > 0) {
			this.rows.put(row.hold().leaseId(), row);
		}
		else {
			this.rows.remove(row.hold().leaseId());
		}
	}

	/**
	 * Return the rows that still count, and remove the others.
	 */
	final Collection<LeaseRow> rows() {
		Instant now = now();
		this.rows.values().removeIf((row) -> row.phase() == null && row.countedMinutes(now) == 0);
		return this.rows.values();
	}

	private long usedMinutes() {
		Instant now = now();
		return this.rows.values().stream().mapToLong((row) -> row.countedMinutes(now)).sum();
	}

	private boolean isAlive(String instance, Instant now) {
		Instant heartbeat = this.heartbeats.get(instance);
		return heartbeat != null && !heartbeat.plus(HOLDER_TIMEOUT).isBefore(now);
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
	}

	private static LeasePhase phase(LeaseRow row) {
		LeasePhase phase = row.phase();
		Assert.state(phase != null, "removed");
		return phase;
	}

}
