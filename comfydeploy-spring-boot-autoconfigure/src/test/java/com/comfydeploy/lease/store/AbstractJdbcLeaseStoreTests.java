package com.comfydeploy.lease.store;

import java.time.Duration;

import javax.sql.DataSource;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

import com.comfydeploy.test.AbstractLeaseStoreTests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests that {@link JdbcLeaseStore} fulfills the contract, and for its behavior beyond
 * the contract on any database.
 */
abstract class AbstractJdbcLeaseStoreTests extends AbstractLeaseStoreTests {

	static final LeaseDescription DESCRIPTION = new LeaseDescription("machine", false, false, null,
			Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1), null);

	abstract DataSource dataSource();

	@Override
	protected LeaseStore open() {
		return new JdbcLeaseStore(dataSource());
	}

	@Override
	protected void close(LeaseStore store) {
	}

	@Override
	protected void passTime(Duration duration) {
		jdbc().update("UPDATE COMFYDEPLOY_LEASE SET OPENED_AT = OPENED_AT - ?", duration.toMillis());
		jdbc().update("UPDATE COMFYDEPLOY_LEASE_INSTANCE SET LAST_SEEN = LAST_SEEN - ?", duration.toMillis());
	}

	@BeforeEach
	final void createTables() {
		new JdbcLeaseSchema(dataSource()).create();
		jdbc().execute("DELETE FROM COMFYDEPLOY_LEASE");
		jdbc().execute("DELETE FROM COMFYDEPLOY_LEASE_INSTANCE");
	}

	@Test
	void existingTablesAreNotChanged() {
		LeaseHold hold = LeaseHold.first("id", "a");
		open().add(NewLease.creating(hold, DESCRIPTION, 5), LeaseLimits.none());
		new JdbcLeaseSchema(dataSource()).create();
		assertThat(open().findAll()).extracting(StoredLease::hold).containsExactly(hold);
		assertThat(jdbc().queryForObject("SELECT COUNT(*) FROM COMFYDEPLOY_LEASE_LOCK", Integer.class)).isEqualTo(1);
	}

	@Test
	void rollbackOfTheApplicationLosesNoLease() {
		LeaseHold hold = LeaseHold.first("id", "a");
		new TransactionTemplate(new JdbcTransactionManager(dataSource())).executeWithoutResult((status) -> {
			open().add(NewLease.creating(hold, DESCRIPTION, 5), new LeaseLimits(1, 10));
			status.setRollbackOnly();
		});
		assertThat(open().findAll()).extracting(StoredLease::hold).containsExactly(hold);
	}

	@Test
	void missingLockRowIsAnError() {
		jdbc().execute("DELETE FROM COMFYDEPLOY_LEASE_LOCK");
		assertThatIllegalStateException()
			.isThrownBy(() -> open().add(NewLease.creating(LeaseHold.first("id", "a"), DESCRIPTION, 5),
					new LeaseLimits(1, null)))
			.withMessageContaining("COMFYDEPLOY_LEASE_LOCK");
		assertThat(open().findAll()).isEmpty();
	}

	@Test
	void expiredRowsAreDeleted() {
		LeaseStore store = open();
		store.remove(added(store, "old"), 5);
		added(store, "open");
		store.heartbeat("a");
		store.heartbeat("b");
		passTime(Duration.ofHours(25));
		store.remove(added(store, "new"), 5);
		open().heartbeat("c");
		assertThat(jdbc().queryForList("SELECT ID FROM COMFYDEPLOY_LEASE", String.class))
			.containsExactlyInAnyOrder("open", "new");
		assertThat(jdbc().queryForList("SELECT ID FROM COMFYDEPLOY_LEASE_INSTANCE", String.class))
			.containsExactlyInAnyOrder("a", "c");
	}

	/** Both times must be rounded alike. */
	@Test
	void ageOfNewLeaseIsNotNegative() {
		LeaseStore store = open();
		for (int i = 0; i < 100; i++) {
			LeaseHold hold = added(store, String.valueOf(i));
			assertThat(store.findAll()).singleElement()
				.satisfies((lease) -> assertThat(lease.age()).isBetween(Duration.ZERO, Duration.ofMinutes(5)));
			store.remove(hold, 0);
		}
	}

	private static LeaseHold added(LeaseStore store, String id) {
		LeaseHold hold = LeaseHold.first(id, "a");
		assertThat(store.add(NewLease.creating(hold, DESCRIPTION, 5), LeaseLimits.none())).isEqualTo(StoreResult.DONE);
		return hold;
	}

	final JdbcTemplate jdbc() {
		return new JdbcTemplate(dataSource());
	}

}
