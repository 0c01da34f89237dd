package com.comfydeploy.lease.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import javax.sql.DataSource;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

/**
 * {@link JdbcLeaseStore} on a real PostgreSQL.
 */
class PostgresLeaseStoreTests extends AbstractJdbcLeaseStoreTests {

	private static DataSource dataSource;

	@BeforeAll
	static void startPostgres() {
		dataSource = Postgres.start().dataSource();
	}

	@Override
	DataSource dataSource() {
		return dataSource;
	}

	@Test
	void suspendedJvmThatCountsKeepsNoLock() throws Exception {
		LeaseLimits limits = new LeaseLimits(1, 10);
		LeaseHold hold = LeaseHold.first("id", "b");
		StoreResult result = whileAnotherJvmIsSuspended(
				"prepareStatement:SELECT COUNT", (suspended) -> suspended
					.add(NewLease.creating(LeaseHold.first("suspended", "a"), DESCRIPTION, 5), limits),
				() -> open().add(NewLease.creating(hold, DESCRIPTION, 5), limits));
		assertThat(result).isEqualTo(StoreResult.DONE);
		assertThat(open().findAll()).extracting(StoredLease::hold).containsExactly(hold);
	}

	@Test
	void leaseOfSuspendedJvmThatChangesItIsTakenOver() throws Exception {
		LeaseHold hold = LeaseHold.first("id", "a");
		open().add(NewLease.creating(hold, DESCRIPTION, 5), LeaseLimits.none());
		StoredLease lease = open().findAll().get(0);
		Optional<LeaseHold> taken = whileAnotherJvmIsSuspended("commit:",
				(suspended) -> suspended.reserve(hold, 10, LeaseLimits.none()), () -> open().takeOver(lease, "b"));
		assertThat(taken).contains(hold.takenOverBy("b"));
		assertThat(open().findAll()).extracting(StoredLease::hold, StoredLease::minutes)
			.containsExactly(tuple(hold.takenOverBy("b"), 5));
	}

	/**
	 * Carry out a call while the transaction of another one is open and its JVM does not
	 * continue. The database ends this transaction, and the other call fails.
	 * @param moment a method of the connection and the start of its SQL
	 */
	private static <T> T whileAnotherJvmIsSuspended(String moment, Consumer<LeaseStore> other, Supplier<T> call)
			throws Exception {
		CompletableFuture<Void> suspended = new CompletableFuture<>();
		CompletableFuture<Void> goOn = new CompletableFuture<>();
		LeaseStore store = new JdbcLeaseStore(new DelegatingDataSource(dataSource) {

			@Override
			public Connection getConnection() throws SQLException {
				return pausedAt(moment, super.getConnection(), suspended, goOn);
			}

		});
		CompletableFuture<Void> otherCall = CompletableFuture.runAsync(() -> other.accept(store));
		try {
			suspended.get(30, TimeUnit.SECONDS);
			return inTime(call);
		}
		finally {
			goOn.complete(null);
			assertThat(otherCall).failsWithin(Duration.ofSeconds(30));
		}
	}

	/**
	 * The database frees the lock after about as long as another JVM waits for it.
	 */
	private static <T> T inTime(Supplier<T> call) {
		try {
			return call.get();
		}
		catch (DataAccessException ex) {
			return call.get();
		}
	}

	private static Connection pausedAt(String moment, Connection connection, CompletableFuture<Void> suspended,
			CompletableFuture<Void> goOn) {
		InvocationHandler handler = (proxy, method, arguments) -> {
			String sql = (arguments != null && arguments[0] instanceof String text) ? text : "";
			if ((method.getName() + ":" + sql).startsWith(moment)) {
				suspended.complete(null);
				goOn.get(60, TimeUnit.SECONDS);
			}
			return method.invoke(connection, arguments);
		};
		return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
				new Class<?>[] { Connection.class }, handler);
	}

	@Test
	void heartbeatDuringATakeoverThatWaitsCounts() throws Exception {
		LeaseStore store = open();
		store.heartbeat("a");
		LeaseHold hold = LeaseHold.first("id", "a");
		store.add(NewLease.creating(hold, DESCRIPTION, 5), LeaseLimits.none());
		passTime(Duration.ofMinutes(2));
		StoredLease dead = store.findAll().get(0);
		CompletableFuture<Optional<LeaseHold>> takeover;
		try (Connection holder = dataSource.getConnection(); Statement statement = holder.createStatement()) {
			holder.setAutoCommit(false);
			statement.execute("UPDATE COMFYDEPLOY_LEASE SET MINUTES = 6");
			takeover = CompletableFuture.supplyAsync(() -> store.takeOver(dead, "b"));
			while (!takeover.isDone() && waiting() == 0) {
				Thread.onSpinWait();
			}
			store.heartbeat("a");
			holder.commit();
		}
		assertThat(takeover.exceptionally((ex) -> Optional.empty()).get(30, TimeUnit.SECONDS)).isEmpty();
		assertThat(store.findAll()).extracting(StoredLease::hold).containsExactly(hold);
	}

	private long waiting() {
		return jdbc().queryForObject("SELECT COUNT(*) FROM PG_STAT_ACTIVITY WHERE WAIT_EVENT_TYPE = 'Lock'",
				Long.class);
	}

	@Test
	void waitForTheLockIsBounded() throws SQLException {
		LeaseLimits limits = new LeaseLimits(1, 10);
		try (Connection standing = dataSource.getConnection(); Statement statement = standing.createStatement()) {
			standing.setAutoCommit(false);
			statement.execute("SELECT ID FROM COMFYDEPLOY_LEASE_LOCK WHERE ID = 1 FOR UPDATE");
			assertThatExceptionOfType(DataAccessException.class)
				.isThrownBy(() -> open().add(NewLease.creating(LeaseHold.first("id", "a"), DESCRIPTION, 5), limits));
			open().heartbeat("a");
			assertThat(open().findAll()).isEmpty();
		}
	}

	@Test
	void serverIsNotEmbedded() {
		assertThat(new JdbcLeaseSchema(dataSource).isEmbedded()).isFalse();
	}

}
