package com.comfydeploy.lease;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DelegatingDataSource;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.JdbcLeaseSchema;
import com.comfydeploy.lease.store.JdbcLeaseStore;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for leases whose store does not respond: its calls neither return nor fail.
 */
class LeaseStoreHangTests {

	private static final String[] ALL = { "add", "reserve", "update", "remove", "takeOver", "heartbeat", "findAll" };

	private static final RuntimeException FAILURE = new IllegalStateException("connection reset");

	private final HangingStore hanging = new HangingStore();

	@ParameterizedTest
	@CsvSource({ "reserve, false", "reserve, true", "update, false", "update, true", "remove, false", "remove, true",
			"heartbeat, false", "heartbeat, true", "findAll, false", "findAll, true", "all, false", "all, true" })
	void heldLeasesAreExtendedAndCancelled(String method, boolean fails) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			SessionLease held = jvm.open();
			SessionLease closed = jvm.open();
			hang(method);
			fixture.time.pass(Duration.ofMinutes(9));
			assertThat(held.isOpen()).isTrue();
			assertThat(closed.isOpen()).isTrue();
			assertThat(fixture.paths("increase-timeout")).hasSize(4);
			closed.close();
			assertThat(fixture.paths("cancel")).singleElement().asString().contains(closed.sessionId());
			assertThat(fixture.running()).containsExactly(held.sessionId());
			this.hanging.release(fails ? FAILURE : null);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.store.findAll()).singleElement().satisfies((lease) -> {
				assertThat(lease.sessionId()).isEqualTo(held.sessionId());
				assertThat(lease.minutes()).isEqualTo(15);
				assertThat(lease.phase()).isEqualTo(LeasePhase.HELD);
				assertThat(lease.holderAlive()).isTrue();
			});
			held.close();
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenAddHangsNothingIsCreated(boolean fails) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(1, null)));
			this.hanging.hang("add");
			Duration start = fixture.time.elapsed();
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open)
				.withMessageContaining("nothing was sent")
				.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse());
			assertThat(fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(10));
			fixture.time.pass(Duration.ofSeconds(30));
			this.hanging.release(fails ? FAILURE : null);
			assertThat(fixture.store.findAll()).hasSize(fails ? 0 : 1);
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("create")).isEmpty();
			jvm.open();
			assertThat(fixture.running()).hasSize(1);
		}
	}

	@Test
	void leaseWhoseAddDoesNotReturnIsRemoved() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			this.hanging.hangAfter("add");
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.store.findAll()).isEmpty();
			this.hanging.release(null);
			fixture.time.pass(Duration.ofMinutes(5));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("create")).isEmpty();
		}
	}

	@Test
	void whenHeartbeatHangsNothingIsCreated() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			this.hanging.hang("heartbeat");
			fixture.time.pass(Duration.ofMinutes(1));
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("create")).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenTakeOverHangsOwnLeasesAreHeld(boolean fails) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			fixture.access = (store) -> store;
			Jvm dead = fixture.start();
			String orphan = dead.open().sessionId();
			fixture.access = this.hanging::store;
			Jvm jvm = fixture.start();
			SessionLease held = jvm.open();
			this.hanging.hang("takeOver");
			dead.kill();
			fixture.time.pass(Duration.ofSeconds(250));
			assertThat(this.hanging.hanging()).isPositive();
			assertThat(held.isOpen()).isTrue();
			assertThat(fixture.paths("increase-timeout")).isNotEmpty()
				.allSatisfy((path) -> assertThat(path).contains(held.sessionId()));
			this.hanging.release(fails ? FAILURE : null);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.paths("cancel")).singleElement().asString().contains(orphan);
			assertThat(fixture.running()).containsExactly(held.sessionId());
			assertThat(fixture.store.findAll()).extracting(StoredLease::sessionId).containsExactly(held.sessionId());
		}
	}

	@Test
	void lateWriteDoesNotOverwriteALaterOne() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			this.hanging.hang("update");
			SessionLease lease = jvm.open();
			assertThat(lease.isOpen()).isTrue();
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.CREATING);
			lease.close();
			assertThat(fixture.running()).isEmpty();
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(this.hanging.calls()).doesNotContain("update", "remove");
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(this.hanging.calls()).containsSubsequence("update", "remove");
			assertThat(this.hanging.calls()).filteredOn(List.of("add", "update", "remove")::contains)
				.containsExactly("add", "update", "remove");
		}
	}

	@Test
	void allLeasesAreCancelledWhenTheApplicationStops() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			for (int i = 0; i < 4; i++) {
				jvm.open();
			}
			this.hanging.hang(ALL);
			Duration start = fixture.time.elapsed();
			jvm.leases.destroy();
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(20));
		}
	}

	@ParameterizedTest
	@CsvSource({ "CANCEL, 30, 2", "ADOPT, 30, 2", "ADOPT, 2, 0.5" })
	void whenTheApplicationStopsACancelDoesNotWaitLong(OrphanPolicy onOrphan, int shutdownTimeout, double wait)
			throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			List<Duration> cancels = new ArrayList<>();
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("cancel")) {
					cancels.add(fixture.time.elapsed());
				}
				return call.call();
			})::operations;
			Jvm jvm = fixture
				.start((builder) -> builder.onOrphan(onOrphan).shutdownTimeout(Duration.ofSeconds(shutdownTimeout)));
			SessionLease lease = jvm.open();
			fixture.time.pass(Duration.ofSeconds(179));
			this.hanging.hang(ALL);
			// The store has been asked for an extension, and does not respond
			Duration stop = fixture.time.elapsed().plusMillis(1100);
			fixture.time.schedule(jvm.leases::destroy, Duration.ofMillis(1100));
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(cancels).singleElement()
				.satisfies((cancel) -> assertThat(cancel.minus(stop).toMillis() / 1000.0).isLessThanOrEqualTo(wait));
			assertThat(fixture.running()).doesNotContain(lease.sessionId());
		}
	}

	@Test
	void whenLittleTimeIsLeftAfterAHangTheSessionIsExtended() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 100)));
			SessionLease lease = jvm.open(LeaseOptions.builder().renewBefore(Duration.ofSeconds(20)));
			fixture.fake.fail(Fault.status(429).on("increase-timeout").always());
			fixture.time.pass(Duration.ofSeconds(294).minus(fixture.time.elapsed()));
			fixture.fake.clearFaults();
			this.hanging.hang("reserve");
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(lease.isOpen()).isTrue();
			assertThat(fixture.running()).containsExactly(lease.sessionId());
		}
	}

	@Test
	void whenTheStoreHangsAnInterruptedCloseReturns() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			SessionLease[] lease = new SessionLease[1];
			List<Duration> waits = new ArrayList<>();
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("remove")) {
					Duration start = fixture.time.elapsed();
					Thread.currentThread().interrupt();
					lease[0].close();
					assertThat(Thread.interrupted()).isTrue();
					waits.add(fixture.time.elapsed().minus(start));
				}
				return call.call();
			})::store;
			lease[0] = fixture.start().open();
			fixture.server.cancel(lease[0].sessionId());
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(waits).containsExactly(Duration.ZERO);
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource(value = OrphanPolicy.class, names = { "CANCEL", "ADOPT" })
	void whenTheApplicationStopsDuringATakeoverItWaits(OrphanPolicy onOrphan) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm dead = fixture.start();
			dead.open();
			dead.kill();
			List<List<String>> runningAfterStop = new ArrayList<>();
			Jvm[] stopping = new Jvm[1];
			fixture.access = (store) -> ((Interception) (method, call) -> {
				if (method.equals("takeOver")) {
					fixture.time.schedule(() -> stopping[0].leases.stop(() -> runningAfterStop.add(fixture.running())),
							Duration.ofSeconds(1));
					fixture.time.schedule(() -> this.hanging.release(null), Duration.ofSeconds(2));
				}
				return call.call();
			}).store(this.hanging.store(store));
			stopping[0] = fixture.start((builder) -> builder.onOrphan(onOrphan));
			this.hanging.hangAfter("takeOver");
			fixture.time.pass(Duration.ofSeconds(90));
			assertThat(runningAfterStop).containsExactly(List.of());
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void whenTheApplicationStopsDuringACreateItIsCancelledSoon() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Duration[] times = new Duration[2];
			Jvm[] jvm = new Jvm[1];
			fixture.operations = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("create")) {
					this.hanging.hang(ALL);
					jvm[0].leases.stop(() -> {
					});
					times[0] = fixture.time.elapsed();
				}
				else if (method.equals("cancel") && times[1] == null) {
					times[1] = fixture.time.elapsed();
				}
				return result;
			})::operations;
			jvm[0] = fixture.start();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(jvm[0]::open);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(times[1].minus(times[0])).isLessThanOrEqualTo(Duration.ofSeconds(2));
			assertThat(fixture.running()).isEmpty();
		}
	}

	@Test
	void whenTheStoreIsSlowTheLastWritesAreBounded() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			AtomicBoolean fails = new AtomicBoolean(true);
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("remove")) {
					if (fails.get()) {
						throw FAILURE;
					}
					fixture.time.pass(Duration.ofSeconds(1));
				}
				return call.call();
			})::store;
			Jvm jvm = fixture.start();
			for (int machine = 10; machine < 30; machine++) {
				jvm.leases
					.open(CreateSessionRequest.forMachine("00000000-0000-4000-8000-0000000000" + machine).build());
			}
			jvm.leases.stop();
			assertThat(fixture.running()).isEmpty();
			fails.set(false);
			Duration start = fixture.time.elapsed();
			jvm.leases.destroy();
			assertThat(fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(8));
		}
	}

	@Test
	void fewCallsHangAtTheSameTime() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			for (int i = 0; i < 4; i++) {
				jvm.open();
			}
			this.hanging.hang(ALL);
			for (int i = 0; i < 60; i++) {
				fixture.time.pass(Duration.ofSeconds(10));
				assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			}
			assertThat(this.hanging.hanging()).isBetween(10, 19);
			assertThat(jvm.leases.active()).hasSize(4);
			assertThat(fixture.running()).hasSize(4);
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.store.findAll()).hasSize(4);
			assertThat(fixture.paths("create")).hasSize(4);
		}
	}

	@Test
	void whenAllHeartbeatsHangNobodyIsDead() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm first = fixture.start();
			first.open();
			Jvm second = fixture.start();
			second.open();
			this.hanging.hang("heartbeat");
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(first.leases.recovered()).isEmpty();
			assertThat(second.leases.recovered()).isEmpty();
			assertThat(fixture.running()).hasSize(2);
		}
	}

	@Test
	void whenADataSourceBlocksLeasesAreExtendedAndCancelled() throws Exception {
		JdbcDataSource database = new JdbcDataSource();
		database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
		new JdbcLeaseSchema(database).create();
		AtomicBoolean blocked = new AtomicBoolean();
		LeaseStore store = new JdbcLeaseStore(new DelegatingDataSource(database) {

			@Override
			public Connection getConnection() throws SQLException {
				if (blocked.get()) {
					LeaseStoreHangTests.this.hanging.hang();
				}
				return super.getConnection();
			}

		});
		try (this.hanging; StoreFixture fixture = fixture()) {
			fixture.access = (unused) -> store;
			Jvm jvm = fixture.start();
			SessionLease held = jvm.open();
			SessionLease closed = jvm.open();
			blocked.set(true);
			fixture.time.pass(Duration.ofMinutes(9));
			assertThat(fixture.paths("increase-timeout")).hasSize(4);
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			closed.close();
			assertThat(fixture.running()).containsExactly(held.sessionId());
			assertThat(fixture.paths("create")).hasSize(2);
			blocked.set(false);
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(store.findAll()).singleElement().satisfies((lease) -> {
				assertThat(lease.sessionId()).isEqualTo(held.sessionId());
				assertThat(lease.minutes()).isEqualTo(15);
			});
		}
		new JdbcTemplate(database).execute("SHUTDOWN");
	}

	private void hang(String method) {
		this.hanging.hang(method.equals("all") ? ALL : new String[] { method });
	}

	private StoreFixture fixture() {
		StoreFixture fixture = new StoreFixture();
		fixture.time.runCallsOn(this.hanging);
		fixture.access = this.hanging::store;
		return fixture;
	}

}
