package com.comfydeploy.lease.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 * {@link LeaseStore} in a file, for one JVM on one disk. Each change is appended to the
 * file and forced to disk. A lock beside the file ends with the process, so that a
 * successor knows at once that an earlier holder has died: nobody else's heartbeats count
 * here.
 */
public final class FileLeaseStore implements LeaseStore, AutoCloseable {

	private static final int MIN_LINES_TO_COMPACT = 1000;

	private final Path path;

	private final InstantSource clock;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, LeaseRow> rows = new HashMap<>();

	private final Map<String, Instant> heartbeats = new HashMap<>();

	private final SingleProcessLock processLock;

	private final AppendOnlyFile file;

	private boolean closed;

	/**
	 * Open a file, and create it where there is none.
	 * @param path the file; another one beside it, whose name ends in {@code .lock}, is
	 * locked as long as this store is open
	 * @throws IllegalStateException if another store has the file open
	 * @throws UncheckedIOException if the file cannot be read or written, or is damaged
	 */
	public FileLeaseStore(Path path) {
		this(path, InstantSource.system());
	}

	FileLeaseStore(Path path, InstantSource clock) {
		Assert.notNull(path, "path must not be null");
		this.path = path.toAbsolutePath();
		this.clock = clock;
		try {
			Files.createDirectories(this.path.getParent());
			this.processLock = SingleProcessLock.of(this.path);
			try {
				this.file = new AppendOnlyFile(this.path);
				try {
					this.file.initialLines().stream().map(LeaseRow::parse).forEach(this::put);
				}
				catch (Throwable ex) {
					this.file.close();
					throw ex;
				}
			}
			catch (Throwable ex) {
				this.processLock.close();
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot use " + this.path + " for leases: " + ex.getMessage(), ex);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalStateException("Cannot read the leases in " + this.path + ": " + ex.getMessage(), ex);
		}
	}

	@Override
	public Reservation add(LeaseHold hold, LeaseDescription description, int minutes, LeaseLimits limits) {
		Assert.isTrue(minutes > 0, "minutes must be positive");
		return locked(() -> {
			Assert.state(!this.rows.containsKey(hold.leaseId()), () -> "There is a lease " + hold.leaseId());
			long open = this.rows.values().stream().filter((row) -> row.phase() != null).count();
			Reservation reservation = limits.check(open, usedMinutes(), minutes);
			if (reservation == Reservation.GRANTED) {
				write(new LeaseRow(hold, description, LeasePhase.CREATING, null, minutes, now()));
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
				write(row.withMinutes(minutes));
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

	/**
	 * Close the file, and let the next store have it.
	 */
	@Override
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.file.close();
			this.processLock.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public String toString() {
		return "FileLeaseStore[" + this.path + "]";
	}

	private <T> T locked(Supplier<T> action) {
		this.lock.lock();
		try {
			Assert.state(!this.closed, () -> this.path + " is closed");
			return action.get();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean change(LeaseHold hold, UnaryOperator<LeaseRow> change) {
		return locked(() -> {
			LeaseRow row = find(hold);
			if (row != null) {
				write(change.apply(row));
			}
			return row != null;
		});
	}

	private @Nullable LeaseRow find(LeaseHold hold) {
		LeaseRow row = this.rows.get(hold.leaseId());
		return (row != null && row.isHeldBy(hold)) ? row : null;
	}

	/**
	 * What is in memory is what is on the disk.
	 */
	private void write(LeaseRow row) {
		try {
			this.file.append(row.toLine());
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot write a lease to " + this.path + ": " + ex.getMessage(), ex);
		}
		put(row);
		compact();
	}

	private void put(LeaseRow row) {
		if (row.phase() != null || row.minutes() > 0) {
			this.rows.put(row.hold().leaseId(), row);
		}
		else {
			this.rows.remove(row.hold().leaseId());
		}
	}

	/**
	 * Rewrite the file when most of its lines are outdated. One that cannot be rewritten
	 * goes on growing: nothing is lost.
	 */
	private void compact() {
		if (this.file.lines() < MIN_LINES_TO_COMPACT || this.file.lines() < 4 * this.rows.size()) {
			return;
		}
		Instant now = now();
		this.rows.values().removeIf((row) -> row.phase() == null && row.countedMinutes(now) == 0);
		Collection<LeaseRow> left = this.rows.values();
		try {
			this.file.replace(left.stream().map(LeaseRow::toLine).toList());
		}
		catch (IOException ex) {
			// The next change tries again
		}
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
