package com.comfydeploy.lease.store;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
	void jvmThatStandsStillKeepsNoLock() throws Exception {
		LeaseLimits limits = new LeaseLimits(1, 10);
		CompletableFuture<Void> counting = new CompletableFuture<>();
		CompletableFuture<Void> goOn = new CompletableFuture<>();
		JdbcLeaseStore standing = new JdbcLeaseStore(new DelegatingDataSource(dataSource) {

			@Override
			public Connection getConnection() throws SQLException {
				return pausedBeforeCounting(super.getConnection(), counting, goOn);
			}

		});
		CompletableFuture<StoreResult> reservation = CompletableFuture.supplyAsync(
				() -> standing.add(NewLease.creating(LeaseHold.first("standing", "a"), DESCRIPTION, 5), limits));
		counting.get(30, TimeUnit.SECONDS);
		LeaseHold hold = LeaseHold.first("id", "b");
		assertThat(addInTime(hold, limits)).isEqualTo(StoreResult.DONE);
		goOn.complete(null);
		assertThat(reservation).failsWithin(Duration.ofSeconds(30));
		assertThat(open().findAll()).extracting(StoredLease::hold).containsExactly(hold);
	}

	/**
	 * The database frees the lock after about as long as another JVM waits for it.
	 */
	private StoreResult addInTime(LeaseHold hold, LeaseLimits limits) {
		try {
			return open().add(NewLease.creating(hold, DESCRIPTION, 5), limits);
		}
		catch (DataAccessException ex) {
			return open().add(NewLease.creating(hold, DESCRIPTION, 5), limits);
		}
	}

	private static Connection pausedBeforeCounting(Connection connection, CompletableFuture<Void> counting,
			CompletableFuture<Void> goOn) {
		InvocationHandler handler = (proxy, method, arguments) -> {
			if (arguments != null && arguments[0] instanceof String sql && sql.startsWith("SELECT COUNT")) {
				counting.complete(null);
				goOn.get(60, TimeUnit.SECONDS);
			}
			return method.invoke(connection, arguments);
		};
		return (Connection) Proxy.newProxyInstance(Connection.class.getClassLoader(),
				new Class<?>[] { Connection.class }, handler);
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
