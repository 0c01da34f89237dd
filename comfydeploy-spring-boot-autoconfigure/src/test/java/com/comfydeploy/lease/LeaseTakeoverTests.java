package com.comfydeploy.lease;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.lease.store.TestStores;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSE_UNCONFIRMED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the JVM that holds a lease, and for the takeover by another JVM.
 */
class LeaseTakeoverTests {

	private static final Duration DEAD = Duration.ofSeconds(75);

	private boolean down;

	private Jvm suspended;

	@Test
	void whenTheStoreReturnsNoHolderCountsAsDead() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] behind = new boolean[1];
			fixture.access = ((Interception) (method, call) -> unless(this.down, call))::store;
			Jvm first = fixture.start();
			fixture.access = ((Interception) (method, call) -> unless(this.down || behind[0], call))::store;
			Jvm second = fixture.start();
			List<String> sessions = List.of(first.open().sessionId(), second.open().sessionId());
			this.down = true;
			fixture.time.pass(Duration.ofSeconds(90));
			behind[0] = true;
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(15));
			behind[0] = false;
			fixture.time.pass(Duration.ofSeconds(75));
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).containsExactlyInAnyOrderElementsOf(sessions);
			assertThat(first.leases.recovered()).isEmpty();
			assertThat(first.leases.stored()).allMatch(StoredLease::holderAlive);
		}
	}

	@Test
	void whenTheStoreReturnsADeadHolderIsFound() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			holder.open();
			fixture.access = ((Interception) (method, call) -> unless(this.down, call))::store;
			fixture.start();
			this.down = true;
			holder.kill();
			fixture.time.pass(Duration.ofSeconds(90));
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(50));
			assertThat(fixture.running()).hasSize(1);
			fixture.time.pass(DEAD.minusSeconds(50));
			assertThat(fixture.running()).isEmpty();
		}
	}

	@Test
	void whenTheClockOfTheStoreJumpsNoHolderCountsAsDead() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm first = fixture.start();
			Jvm second = fixture.start();
			first.open();
			second.open();
			for (int i = 0; i < 3; i++) {
				fixture.time.pass(Duration.ofSeconds(15));
				fixture.time.moveWallClock(Duration.ofMinutes(2));
			}
			fixture.time.pass(Duration.ofSeconds(15));
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).hasSize(2);
		}
	}

	@Test
	void heartbeatsDoNotWaitForComfyDeploy() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("list")) {
					fixture.time.pass(Duration.ofMinutes(2));
				}
				return call.call();
			})::operations;
			Jvm slow = fixture.start();
			String session = slow.open().sessionId();
			fixture.operations = (operations) -> operations;
			Jvm other = fixture.start();
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(slow::open);
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(other.leases.recovered()).isEmpty();
			assertThat(fixture.running()).containsExactly(session);
		}
	}

	@Test
	void suspendedHolderDoesNotExtendAfterItsReservation() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm[] sleeper = new Jvm[1];
			fixture.access = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("reserve") && sleeper[0] != null) {
					sleeper[0].scheduler.stop();
					sleeper[0] = null;
					fixture.time.pass(DEAD);
				}
				return result;
			})::store;
			Jvm holder = fixture.start();
			SessionLease lease = holder.open();
			fixture.access = (store) -> store;
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(Duration.ofSeconds(175));
			sleeper[0] = holder;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(successor.leases.recovered()).hasSize(1);
			assertThat(holder.types()).endsWith(LOST);
			assertThat(lease.isOpen()).isFalse();
			assertThat(fixture.paths("increase-timeout")).hasSize(1);
			holder.scheduler.resume();
		}
	}

	@Test
	void suspendedHolderWithoutTheStoreCreatesNothing() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.access = ((Interception) (method, call) -> unless(this.down, call))::store;
			Jvm sleeper = fixture.start();
			SessionLease lease = sleeper.open();
			fixture.time.pass(Duration.ofSeconds(130));
			sleeper.scheduler.stop();
			fixture.time.pass(Duration.ofSeconds(90));
			fixture.store.heartbeat("other");
			fixture.store.takeOver(fixture.store.findAll().get(0), "other").orElseThrow();
			this.down = true;
			sleeper.scheduler.resume();
			fixture.time.pass(Duration.ofSeconds(5));
			assertThat(sleeper.types()).endsWith(EXTENSION_FAILED);
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(sleeper.types()).endsWith(LOST);
			assertThat(lease.isOpen()).isFalse();
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void suspendedHolderWithoutTheStoreCancelsNothingAdopted() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			SessionLease lease = openAndSuspend(fixture, OrphanPolicy.ADOPT);
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(DEAD);
			assertThat(successor.leases.recovered()).hasSize(1);
			this.down = true;
			this.suspended.scheduler.resume();
			lease.close();
			assertThat(this.suspended.types()).endsWith(CLOSE_UNCONFIRMED);
			this.down = false;
			fixture.time.pass(Duration.ofMinutes(5));
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).containsExactly(lease.sessionId());
			assertThat(successor.leases.recovered().get(0).isOpen()).isTrue();
		}
	}

	@Test
	void holderSuspendedWhileItStopsCancelsNothingAdopted() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			SessionLease lease = openAndSuspend(fixture, OrphanPolicy.ADOPT);
			this.suspended.leases.stop(() -> {
			});
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(DEAD);
			assertThat(successor.leases.recovered()).hasSize(1);
			this.down = true;
			this.suspended.scheduler.resume();
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).containsExactly(lease.sessionId());
			assertThat(successor.leases.recovered().get(0).isOpen()).isTrue();
		}
	}

	@ParameterizedTest
	@EnumSource(OrphanPolicy.class)
	void suspendedHolderCancelsASessionThatNobodyTookOver(OrphanPolicy onOrphan) throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			SessionLease lease = openAndSuspend(fixture, onOrphan);
			fixture.time.pass(DEAD);
			this.down = true;
			this.suspended.scheduler.resume();
			lease.close();
			assertThat(fixture.paths("cancel")).hasSize((onOrphan == OrphanPolicy.ADOPT) ? 0 : 1);
			this.down = false;
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.paths("cancel")).hasSize(1);
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	private SessionLease openAndSuspend(StoreFixture fixture, OrphanPolicy onOrphan) {
		fixture.access = ((Interception) (method, call) -> unless(this.down, call))::store;
		this.suspended = fixture.start((builder) -> builder.onOrphan(onOrphan));
		SessionLease lease = this.suspended.open();
		fixture.access = (store) -> store;
		fixture.time.pass(Duration.ofSeconds(5));
		this.suspended.scheduler.stop();
		return lease;
	}

	@Test
	void heartbeatThatHangsDoesNotStopTheNext() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] hangs = new boolean[1];
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("heartbeat") && hangs[0]) {
					hangs[0] = false;
					fixture.time.pass(Duration.ofMinutes(4));
				}
				return call.call();
			})::store;
			Jvm holder = fixture.start();
			String session = holder.open().sessionId();
			fixture.access = (store) -> store;
			Jvm other = fixture.start();
			fixture.time.pass(Duration.ofSeconds(30));
			hangs[0] = true;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(hangs[0]).isFalse();
			assertThat(other.leases.recovered()).isEmpty();
			assertThat(fixture.running()).containsExactly(session);
		}
	}

	@Test
	void heartbeatsThatHangAreFew() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			int[] hanging = new int[2];
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("heartbeat") && this.down) {
					hanging[1] = Math.max(hanging[1], ++hanging[0]);
					fixture.time.pass(Duration.ofMinutes(4));
					hanging[0]--;
				}
				return call.call();
			})::store;
			fixture.start();
			fixture.time.pass(Duration.ofSeconds(30));
			this.down = true;
			fixture.time.pass(Duration.ofSeconds(10));
			this.down = false;
			// Three of the timer, and one after the store was read
			assertThat(hanging[1]).isEqualTo(4);
		}
	}

	@Test
	void pauseThatIsALittleShorterThanTheTimeoutCounts() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.access = ((Interception) (method, call) -> unless(this.down, call))::store;
			Jvm sleeper = fixture.start();
			sleeper.open();
			fixture.time.pass(Duration.ofSeconds(170));
			sleeper.scheduler.stop();
			fixture.time.pass(Duration.ofSeconds(50));
			this.down = true;
			sleeper.scheduler.resume();
			fixture.time.pass(Duration.ofSeconds(5));
			assertThat(sleeper.types()).endsWith(EXTENSION_FAILED);
			assertThat(fixture.paths("increase-timeout")).isEmpty();
		}
	}

	@Test
	void adoptedSessionThatAnotherJvmHoldsIsNotCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String session = fixture.createForSomebodyElse(Duration.ofMinutes(60));
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("update")) {
					fixture.store.heartbeat("other");
					fixture.store.takeOver(fixture.store.findAll().get(0), "other");
				}
				return call.call();
			})::store;
			Jvm jvm = fixture.start((builder) -> builder.maxOpen(1));
			assertThatIllegalStateException().isThrownBy(() -> jvm.leases.adopt(session))
				.withMessageContaining("a lease in another JVM");
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(jvm.leases.active()).isEmpty();
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).containsExactly(session);
		}
	}

	@Test
	void sessionThatWasCreatedTooLateIsCancelledUntilItIsGone() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.operations = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("create")) {
					StoredLease lease = fixture.store.findAll().get(0);
					fixture.store.heartbeat("other");
					fixture.store.takeOver(lease, "other").orElseThrow();
				}
				return result;
			})::operations;
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.status(503).on("cancel").times(2));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(jvm::open)
				.withMessageContaining("another JVM took this lease over while the session was being created");
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).isEmpty();
		}
	}

	@Test
	void leaseTheStoreHasLostIsWrittenAgain() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			LeaseStore[] present = { fixture.store };
			fixture.access = (store) -> (LeaseStore) Proxy.newProxyInstance(getClass().getClassLoader(),
					new Class<?>[] { LeaseStore.class },
					(proxy, method, arguments) -> method.invoke(present[0], arguments));
			Jvm jvm = fixture.start();
			SessionLease lease = jvm.open(LeaseOptions.builder().owner("owner"));
			fixture.time.pass(Duration.ofMinutes(2));
			present[0] = TestStores.inMemory(fixture.time::now);
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(jvm.types()).doesNotContain(LOST);
			assertThat(present[0].findAll()).singleElement().satisfies((stored) -> {
				assertThat(stored.sessionId()).isEqualTo(lease.sessionId());
				assertThat(stored.phase()).isEqualTo(LeasePhase.HELD);
				assertThat(stored.description().owner()).isEqualTo("owner");
				assertThat(stored.minutes()).isEqualTo(10);
				assertThat(stored.age()).isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
			});
			present[0] = TestStores.inMemory(fixture.time::now);
			lease.close();
			assertThat(fixture.paths("cancel")).hasSize(1);
			assertThat(fixture.running()).isEmpty();
			assertThat(present[0].findAll()).isEmpty();
		}
	}

	@Test
	void adoptedLeaseIsHeldByTheSuccessor() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String session = fixture.createForSomebodyElse(Duration.ofMinutes(60));
			fixture.time.pass(Duration.ofMinutes(20));
			Jvm holder = fixture.start();
			holder.leases.adopt(session);
			assertThat(fixture.store.findAll()).singleElement().satisfies((stored) -> {
				assertThat(stored.sessionId()).isEqualTo(session);
				assertThat(stored.description().machineId()).isEqualTo(StoreFixture.MACHINE);
				assertThat(stored.description().adopted()).isTrue();
			});
			fixture.time.pass(Duration.ofMinutes(2));
			holder.kill();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(Duration.ofMinutes(55));
			assertThat(successor.leases.active()).extracting(SessionLease::sessionId).containsExactly(session);
			assertThat(successor.types()).doesNotContain(LOST);
			fixture.time.pass(Duration.ofMinutes(6));
			assertThat(fixture.running()).isEmpty();
			assertThat(successor.types()).contains(SessionLeaseEvent.Type.EXPIRED);
		}
	}

	@Test
	void adoptedSessionIsStoredWithItsIdImmediately() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String session = fixture.createForSomebodyElse(Duration.ofMinutes(60));
			fixture.access = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("add")) {
					assertThat(fixture.store.findAll()).extracting(StoredLease::sessionId).containsExactly(session);
				}
				return result;
			})::store;
			fixture.start().leases.adopt(session);
			Jvm other = fixture.start();
			assertThatIllegalStateException().isThrownBy(() -> other.leases.adopt(session))
				.withMessageContaining("a lease in another JVM");
			assertThat(fixture.running()).containsExactly(session);
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void reportedLeaseHasAPlaceUntilItsSessionHasEnded() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			holder.open();
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(holder::open);
			holder.kill();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.REPORT).maxOpen(2));
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(successor.reports).hasSize(2);
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(successor::open);
			fixture.time.pass(Duration.ofMinutes(3));
			assertThat(fixture.store.findAll()).extracting(StoredLease::sessionId).containsOnlyNulls();
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.store.findAll()).isEmpty();
			successor.open();
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void reportedLeaseKeepsItsPlaceWhileItsSessionRuns() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			fixture.fake.fail(Fault.deadlineForgotten().on("get"));
			String session = holder.open().sessionId();
			holder.kill();
			fixture.start((builder) -> builder.onOrphan(OrphanPolicy.REPORT));
			fixture.time.pass(Duration.ofHours(2));
			assertThat(fixture.running()).containsExactly(session);
			assertThat(fixture.store.findAll()).hasSize(1);
		}
	}

	@Test
	void containerThatNothingCanStopKeepsItsPlace() throws Exception {
		try (StoreFixture fixture = new StoreFixture(FakeComfyDeploy.builder().startup(Duration.ofMinutes(1)))) {
			// A log is read as long as it lasts, which takes a thread of its own
			fixture.operations = ((Interception) (method, call) -> unless(method.equals("streamLog"),
					call))::operations;
			Jvm jvm = fixture.start((builder) -> builder.maxOpen(1));
			fixture.fake.fail(Fault.slowContainer(Duration.ofMinutes(5)).on("create"));
			assertThatExceptionOfType(RuntimeException.class)
				.isThrownBy(() -> jvm.open(LeaseOptions.builder().readyTimeout(Duration.ofMinutes(1))));
			fixture.time.pass(Duration.ofMinutes(30));
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase)
				.containsExactly(LeasePhase.CLOSE_UNCONFIRMED);
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
			jvm.kill();
			Jvm successor = fixture.start((builder) -> builder.maxOpen(1));
			fixture.time.pass(Duration.ofHours(23));
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(successor::open);
			fixture.time.pass(Duration.ofMinutes(40));
			assertThat(fixture.store.findAll()).isEmpty();
			successor.open();
		}
	}

	private static Object unless(boolean fails, Callable<Object> call) throws Exception {
		if (fails) {
			throw new IllegalStateException("no connection");
		}
		return call.call();
	}

}
