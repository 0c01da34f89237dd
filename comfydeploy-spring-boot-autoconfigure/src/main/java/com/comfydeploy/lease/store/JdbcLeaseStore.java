package com.comfydeploy.lease.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.EmptyResultDataAccessException;
import org.springframework.dao.IncorrectUpdateSemanticsDataAccessException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.Assert;

import com.comfydeploy.session.Gpu;

/**
 * {@link LeaseStore} in a database, for any number of JVMs. It uses its own connections
 * and transactions, so a rollback in the application does not affect it. The database's
 * clock decides which JVMs are alive. {@link JdbcLeaseSchema} creates the tables.
 */
public final class JdbcLeaseStore implements LeaseStore {

	private static final long PURGE_INTERVAL = Duration.ofHours(1).toNanos();

	private static final long DAY = Duration.ofHours(24).toMillis();

	/** In seconds: for a statement, and for a transaction whose JVM is suspended. */
	private static final int TIMEOUT = 5;

	private static final int ATTEMPTS = 3;

	/**
	 * The database's time in milliseconds since 1970. All times are rounded like this.
	 */
	private static final String NOW = "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)";

	private static final String HELD = " WHERE ID = ? AND INSTANCE = ? AND EPOCH = ? AND PHASE <> 'REMOVED'";

	private final JdbcTemplate jdbc;

	private final TransactionTemplate transaction;

	private final Duration holderTimeout;

	private @Nullable Boolean postgres;

	private @Nullable Long purgedAt;

	/**
	 * Create a store on a database that has the tables, or will have them before a lease
	 * is opened. This constructor does not open a connection.
	 * @param dataSource the database
	 */
	public JdbcLeaseStore(DataSource dataSource) {
		this(dataSource, HOLDER_TIMEOUT);
	}

	JdbcLeaseStore(DataSource dataSource, Duration holderTimeout) {
		Assert.notNull(dataSource, "dataSource must not be null");
		this.jdbc = new JdbcTemplate(dataSource);
		this.jdbc.setQueryTimeout(TIMEOUT);
		this.transaction = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		this.transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
		this.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_READ_COMMITTED);
		this.holderTimeout = holderTimeout;
	}

	@Override
	public StoreResult add(NewLease lease, LeaseLimits limits) {
		try {
			return inTransaction(() -> {
				StoreResult result = StoreResult.DONE;
				if (!limits.equals(LeaseLimits.none())) {
					lock();
					String id = lease.hold().leaseId();
					result = limits.check(otherOpenLeases(id), minutesUsedByOthers(id, limits), lease.minutes());
				}
				if (result == StoreResult.DONE) {
					insert(lease);
				}
				return result;
			});
		}
		catch (DuplicateKeyException ex) {
			return inTransaction(() -> (count(" WHERE ID = ?", lease.hold().leaseId()) == 0) ? StoreResult.SESSION_TAKEN
					: isHeld(lease.hold()) ? StoreResult.DONE : StoreResult.NOT_HELD);
		}
	}

	/**
	 * Count the other open leases. This lease is excluded, because a failed call may have
	 * added it before.
	 */
	private long otherOpenLeases(String id) {
		return count(" WHERE PHASE <> 'REMOVED' AND ID <> ?", id);
	}

	private void insert(NewLease lease) {
		LeaseHold hold = lease.hold();
		LeaseDescription description = lease.description();
		Gpu gpu = description.gpu();
		this.jdbc.update("""
				INSERT INTO COMFYDEPLOY_LEASE (ID, INSTANCE, EPOCH, PHASE, SESSION_ID, MINUTES, OPENED_AT, MACHINE_ID,
				IS_DYNAMIC, IS_ADOPTED, GPU, EXTENSION, RENEW_BEFORE, MAX_LIFETIME, OWNER)
				VALUES (?, ?, ?, ?, ?, ?,""" + NOW + " - ?, ?, ?, ?, ?, ?, ?, ?, ?)", hold.leaseId(), hold.instance(),
				hold.epoch(), lease.phase().name(), lease.sessionId(), lease.minutes(), lease.age().toMillis(),
				description.machineId(), description.dynamic(), description.adopted(),
				(gpu != null) ? gpu.value() : null, description.extension().toMillis(),
				description.renewBefore().toMillis(), description.maxLifetime().toMillis(), description.owner());
	}

	@Override
	public StoreResult reserve(LeaseHold hold, int minutes, LeaseLimits limits) {
		Assert.isTrue(minutes > 0, "minutes must be positive");
		return inTransaction(() -> {
			if (limits.maxGpuMinutesPerDay() != null) {
				lock();
				Integer reserved = reservedMinutes(hold);
				if (reserved != null && minutes > reserved) {
					long others = minutesUsedByOthers(hold.leaseId(), limits);
					StoreResult result = limits.checkMinutes(others + reserved, minutes - reserved);
					if (result != StoreResult.DONE) {
						return result;
					}
				}
			}
			return change("MINUTES = ?", hold, minutes);
		});
	}

	private @Nullable Integer reservedMinutes(LeaseHold hold) {
		List<Integer> minutes = this.jdbc.queryForList("SELECT MINUTES FROM COMFYDEPLOY_LEASE" + HELD, Integer.class,
				hold.leaseId(), hold.instance(), hold.epoch());
		return (minutes.isEmpty()) ? null : minutes.get(0);
	}

	@Override
	public StoreResult update(LeaseHold hold, LeasePhase phase, @Nullable String sessionId) {
		Assert.notNull(phase, "phase must not be null");
		if (sessionId == null) {
			return inTransaction(() -> change("PHASE = ?", hold, phase.name()));
		}
		try {
			return inTransaction(() -> change("PHASE = ?, SESSION_ID = ?", hold, phase.name(), sessionId));
		}
		catch (DuplicateKeyException ex) {
			return StoreResult.SESSION_TAKEN;
		}
	}

	@Override
	public StoreResult remove(LeaseHold hold, int minutes) {
		Assert.isTrue(minutes >= 0, "minutes must not be negative");
		String session = (minutes > 0) ? "" : ", SESSION_ID = NULL";
		return inTransaction(() -> change("PHASE = 'REMOVED', MINUTES = ?" + session, hold, minutes));
	}

	@Override
	public Optional<LeaseHold> takeOver(StoredLease lease, String instance) {
		LeaseHold hold = lease.hold();
		LeaseHold taken = hold.takenOverBy(instance);
		Instant seenAt = lease.holderSeenAt();
		boolean done = inTransaction(() -> {
			// An UPDATE that has to wait for the lease would compare the heartbeat as it
			// was before the wait
			this.jdbc.queryForList("SELECT ID FROM COMFYDEPLOY_LEASE" + HELD + " FOR UPDATE", String.class,
					hold.leaseId(), hold.instance(), hold.epoch());
			return this.jdbc.update("UPDATE COMFYDEPLOY_LEASE SET INSTANCE = ?, EPOCH = ?" + HELD + """
					 AND (INSTANCE = ? OR ? = COALESCE((SELECT LAST_SEEN FROM COMFYDEPLOY_LEASE_INSTANCE
					WHERE COMFYDEPLOY_LEASE_INSTANCE.ID = COMFYDEPLOY_LEASE.INSTANCE), 0))""", taken.instance(),
					taken.epoch(), hold.leaseId(), hold.instance(), hold.epoch(), instance,
					(seenAt != null) ? seenAt.toEpochMilli() : 0) > 0;
		});
		return done ? Optional.of(taken) : Optional.empty();
	}

	@Override
	public void heartbeat(String instance) {
		try {
			inTransaction(() -> {
				int updated = this.jdbc
					.update("UPDATE COMFYDEPLOY_LEASE_INSTANCE SET LAST_SEEN = " + NOW + " WHERE ID = ?", instance);
				return (updated > 0) ? updated : this.jdbc
					.update("INSERT INTO COMFYDEPLOY_LEASE_INSTANCE (LAST_SEEN, ID) VALUES (" + NOW + ", ?)", instance);
			});
		}
		catch (DuplicateKeyException ex) {
			// Another thread was faster
		}
		purge();
	}

	/**
	 * Delete once an hour the rows that no longer count.
	 */
	private void purge() {
		synchronized (this) {
			if (this.purgedAt != null && System.nanoTime() - this.purgedAt < PURGE_INTERVAL) {
				return;
			}
			this.purgedAt = System.nanoTime();
		}
		inTransaction(() -> this.jdbc
			.update("DELETE FROM COMFYDEPLOY_LEASE WHERE PHASE = 'REMOVED' AND OPENED_AT + MINUTES * 60000 < " + NOW
					+ " - ?", DAY));
		inTransaction(() -> this.jdbc.update("DELETE FROM COMFYDEPLOY_LEASE_INSTANCE WHERE LAST_SEEN < " + NOW + """
				 - ? AND NOT EXISTS (SELECT 1 FROM COMFYDEPLOY_LEASE
				WHERE COMFYDEPLOY_LEASE.INSTANCE = COMFYDEPLOY_LEASE_INSTANCE.ID)""", DAY));
	}

	@Override
	public List<StoredLease> findAll() {
		return inTransaction(() -> this.jdbc.query("""
				SELECT COMFYDEPLOY_LEASE.*, LAST_SEEN,""" + " " + NOW + """
				 AS READ_AT FROM COMFYDEPLOY_LEASE
				LEFT JOIN COMFYDEPLOY_LEASE_INSTANCE ON COMFYDEPLOY_LEASE_INSTANCE.ID = COMFYDEPLOY_LEASE.INSTANCE
				WHERE PHASE <> 'REMOVED' ORDER BY OPENED_AT, COMFYDEPLOY_LEASE.ID""", this::read));
	}

	private StoredLease read(ResultSet row, int number) throws SQLException {
		long readAt = row.getLong("READ_AT");
		long openedAt = row.getLong("OPENED_AT");
		long lastSeen = row.getLong("LAST_SEEN");
		String gpu = row.getString("GPU");
		return new StoredLease(new LeaseHold(row.getString("ID"), row.getString("INSTANCE"), row.getLong("EPOCH")),
				new LeaseDescription(row.getString("MACHINE_ID"), row.getBoolean("IS_DYNAMIC"),
						row.getBoolean("IS_ADOPTED"), (gpu != null) ? Gpu.of(gpu) : null,
						Duration.ofMillis(row.getLong("EXTENSION")), Duration.ofMillis(row.getLong("RENEW_BEFORE")),
						Duration.ofMillis(row.getLong("MAX_LIFETIME")), row.getString("OWNER")),
				LeasePhase.valueOf(row.getString("PHASE")), row.getString("SESSION_ID"), row.getInt("MINUTES"),
				Instant.ofEpochMilli(openedAt), Duration.ofMillis(readAt - openedAt), Instant.ofEpochMilli(lastSeen),
				readAt - lastSeen <= this.holderTimeout.toMillis());
	}

	private StoreResult change(String assignments, LeaseHold hold, Object... values) {
		Object[] arguments = new Object[values.length + 3];
		System.arraycopy(values, 0, arguments, 0, values.length);
		arguments[values.length] = hold.leaseId();
		arguments[values.length + 1] = hold.instance();
		arguments[values.length + 2] = hold.epoch();
		int changed = this.jdbc.update("UPDATE COMFYDEPLOY_LEASE SET " + assignments + HELD, arguments);
		if (changed > 1) {
			throw new IncorrectUpdateSemanticsDataAccessException("Several leases have the id " + hold.leaseId());
		}
		if (changed == 1) {
			return StoreResult.DONE;
		}
		return (count(" WHERE ID = ?", hold.leaseId()) == 0) ? StoreResult.ABSENT : StoreResult.NOT_HELD;
	}

	private boolean isHeld(LeaseHold hold) {
		return count(HELD, hold.leaseId(), hold.instance(), hold.epoch()) > 0;
	}

	private long count(String condition, Object... arguments) {
		Long count = this.jdbc.queryForObject("SELECT COUNT(*) FROM COMFYDEPLOY_LEASE" + condition, Long.class,
				arguments);
		return (count != null) ? count : 0;
	}

	/**
	 * Take the lock, so that one JVM at a time counts.
	 */
	private void lock() {
		try {
			this.jdbc.queryForObject("SELECT ID FROM COMFYDEPLOY_LEASE_LOCK WHERE ID = 1 FOR UPDATE", Integer.class);
		}
		catch (EmptyResultDataAccessException ex) {
			throw new IllegalStateException(
					"The table COMFYDEPLOY_LEASE_LOCK must have one row, with ID 1, as the schema script inserts it",
					ex);
		}
	}

	private boolean isPostgres() {
		Boolean known = this.postgres;
		if (known == null) {
			known = this.jdbc.<Boolean>execute((java.sql.Connection connection) -> connection.getMetaData()
				.getDatabaseProductName()
				.equals("PostgreSQL"));
			this.postgres = known;
		}
		return Boolean.TRUE.equals(known);
	}

	private long minutesUsedByOthers(String id, LeaseLimits limits) {
		if (limits.maxGpuMinutesPerDay() == null) {
			return 0;
		}
		Long used = this.jdbc.queryForObject("""
				SELECT COALESCE(SUM(GREATEST(0, MINUTES - GREATEST(0, (""" + NOW + """
				- CAST(? AS BIGINT) - OPENED_AT) / 60000))), 0) FROM COMFYDEPLOY_LEASE WHERE ID <> ?""", Long.class,
				DAY, id);
		return (used != null) ? used : 0;
	}

	/**
	 * Run an action in a separate transaction, never in that of the caller. A transaction
	 * that was rolled back because of a lock conflict is repeated. PostgreSQL ends the
	 * transaction of a JVM that is suspended or isolated, so that its locks do not stop
	 * the other JVMs.
	 */
	private <T> T inTransaction(Supplier<T> action) {
		for (int attempt = 1;; attempt++) {
			try {
				T result = this.transaction.execute((status) -> {
					if (isPostgres()) {
						this.jdbc.execute("SET LOCAL idle_in_transaction_session_timeout = '" + TIMEOUT + "s'");
					}
					return action.get();
				});
				Assert.state(result != null, "no result");
				return result;
			}
			catch (PessimisticLockingFailureException ex) {
				if (attempt == ATTEMPTS) {
					throw ex;
				}
			}
		}
	}

	@Override
	public String toString() {
		return "JdbcLeaseStore";
	}

}
