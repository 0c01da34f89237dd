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
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * {@link LeaseStore} in memory, for one JVM. What extends it writes each row elsewhere
 * first.
 */
abstract class RowLeaseStore implements LeaseStore {

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
	public Reservation add(LeaseHold hold, LeaseDescription description, int minutes, LeaseLimits limits) {
		Assert.isTrue(minutes > 0, "minutes must be positive");
		return locked(() -> {
			Assert.state(!this.rows.containsKey(hold.leaseId()), () -> "There is a lease " + hold.leaseId());
			long open = this.rows.values().stream().filter((row) -> row.phase() != null).count();
			Reservation reservation = limits.check(open, usedMinutes(), minutes);
			if (reservation == Reservation.GRANTED) {
				change(new LeaseRow(hold, description, LeasePhase.CREATING, null, minutes, now()));
			}
			return reservation;
		});
	}

	@Override
	public Reservation reserve(LeaseHold hold, int minutes, LeaseLimits limits) {
		Assert.isTrue(minutes > 0, "minutes must be positive");
		return locked(() -> {
			LeaseRow row = find(hold);
			if (row == null) {
				return Reservation.NOT_HELD;
			}
			Reservation reservation = (minutes > row.minutes())
					? limits.checkMinutes(usedMinutes(), minutes - row.minutes()) : Reservation.GRANTED;
			if (reservation == Reservation.GRANTED && minutes != row.minutes()) {
				change(row.withMinutes(minutes));
			}
			return reservation;
		});
	}

	@Override
	public boolean update(LeaseHold hold, LeasePhase phase, @Nullable String sessionId) {
		Assert.notNull(phase, "phase must not be null");
		return change(hold, (row) -> row.withPhase(phase, sessionId));
	}

	@Override
	public boolean remove(LeaseHold hold, int minutes) {
		Assert.isTrue(minutes >= 0, "minutes must not be negative");
		return change(hold, (row) -> row.removed(minutes));
	}

	@Override
	public Optional<LeaseHold> takeOver(LeaseHold hold, String instance) {
		LeaseHold taken = hold.takenOverBy(instance);
		return change(hold, (row) -> row.withHold(taken)) ? Optional.of(taken) : Optional.empty();
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
						row.openedAt(), Duration.between(row.openedAt(), now), isAlive(row.hold().instance(), now)))
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
	 * Run the last action of the store.
	 */
	final void closing(Runnable action) {
		this.lock.lock();
		try {
			action.run();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean change(LeaseHold hold, UnaryOperator<LeaseRow> change) {
		return locked(() -> {
			LeaseRow row = find(hold);
			if (row != null) {
				change(change.apply(row));
			}
			return row != null;
		});
	}

	private @Nullable LeaseRow find(LeaseHold hold) {
		LeaseRow row = this.rows.get(hold.leaseId());
		return (row != null && row.isHeldBy(hold)) ? row : null;
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
	 * Return what still counts, and forget the rest.
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
