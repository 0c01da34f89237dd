package com.comfydeploy.lease;

import java.time.Duration;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.TestStores;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for calls to the store that return late, or never although the store responds to
 * others.
 */
@ExtendWith(OutputCaptureExtension.class)
class LateStoreCallTests {

	private static final RuntimeException FAILURE = new IllegalStateException("connection reset");

	private final HangingStore hanging = new HangingStore();

	private boolean heartbeatsHang;

	@Test
	void reservationDoesNotReplaceMinutesOfARemoval() {
		VirtualTime time = new VirtualTime();
		time.runCallsOn(this.hanging);
		LeaseStore store = this.hanging.store(TestStores.inMemory(time::now));
		LeaseDescription description = new LeaseDescription("machine", false, false, null, Duration.ofMinutes(5),
				Duration.ofMinutes(1), Duration.ofHours(1), null);
		LeaseLimits limits = new LeaseLimits(null, 60);
		try (this.hanging) {
			LeaseRegistry registry = new LeaseRegistry(store, "a", limits, time, false);
			StoredLeaseRecord record = registry.add(description, null, 5).record();
			assertThat(record).isNotNull();
			record.update(LeasePhase.HELD, "session");
			this.hanging.hang("reserve");
			time.schedule(() -> record.remove(3), Duration.ofSeconds(1));
			time.schedule(() -> {
				this.hanging.release(null);
				this.hanging.hang("remove");
			}, Duration.ofSeconds(4));
			assertThat(record.reserve(60, () -> true)).isEqualTo(StoreResult.DONE);
			this.hanging.release(FAILURE);
			time.pass(Duration.ofSeconds(10));
			registry.refresh((orphan) -> {
			}, (lost) -> {
			});
			assertThat(store.findAll()).isEmpty();
			assertThat(registry.add(description, null, 57).result()).isEqualTo(StoreResult.DONE);
		}
	}

	@Test
	void leaseClosedDuringTheReservationIsNotExtended() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			SessionLease lease = fixture.start().open();
			delayCalls(fixture, Duration.ofMillis(4900));
			fixture.time.schedule(lease::close, Duration.ofSeconds(181));
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void whenHeartbeatsNeverReturnTheJvmIsNotDead() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = startWithHangingHeartbeats(fixture);
			SessionLease lease = jvm.open();
			fixture.start();
			this.heartbeatsHang = true;
			fixture.time.pass(Duration.ofSeconds(55));
			assertThat(this.hanging.hanging()).isEqualTo(3);
			this.heartbeatsHang = false;
			fixture.time.pass(Duration.ofMinutes(5));
			assertThat(lease.isOpen()).isTrue();
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void whenHeartbeatsNeverReturnLeasesAreTakenOver() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm dead = fixture.start();
			dead.open();
			startWithHangingHeartbeats(fixture);
			this.heartbeatsHang = true;
			fixture.time.pass(Duration.ofSeconds(55));
			this.heartbeatsHang = false;
			assertThat(this.hanging.hanging()).isEqualTo(3);
			dead.kill();
			fixture.time.pass(Duration.ofSeconds(150));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void fewHeartbeatsHangAtTheSameTime() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			startWithHangingHeartbeats(fixture);
			this.heartbeatsHang = true;
			fixture.time.pass(Duration.ofMinutes(10));
			assertThat(this.hanging.hanging()).isEqualTo(6);
		}
	}

	@Test
	void whenOnlyHeartbeatsReturnItIsLoggedOnce(CapturedOutput output) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			SessionLease lease = jvm.open();
			this.hanging.hang("add", "reserve", "update", "remove", "takeOver", "findAll");
			fixture.time.pass(Duration.ofMinutes(10));
			assertThat(this.hanging.hanging()).isEqualTo(16);
			assertThat(lease.isOpen()).isTrue();
			assertThat(output).containsOnlyOnce("is unavailable").doesNotContain("INFO");
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(20));
			jvm.open();
			assertThat(fixture.store.findAll()).hasSize(2);
		}
	}

	@Test
	void limitsHoldWhenEachCallIsSlow() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			delayCalls(fixture, Duration.ofMillis(4900));
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(2, 100)));
			SessionLease first = jvm.open();
			SessionLease second = jvm.open();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofMinutes(30));
			assertThat(first.isOpen()).isTrue();
			assertThat(second.isOpen()).isTrue();
			first.close();
			assertThat(fixture.running()).containsExactly(second.sessionId());
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.store.findAll()).hasSize(1);
		}
	}

	@Test
	void openIsRepeatedAfterAnAddOfUnknownOutcome() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture
				.start((builder) -> builder.limits(new LeaseLimits(1, 10)).acquireTimeout(Duration.ofSeconds(60)));
			this.hanging.hangAfter("add");
			fixture.time.schedule(() -> this.hanging.release(null), Duration.ofSeconds(8));
			jvm.open();
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.paths("create")).hasSize(1);
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.store.findAll()).hasSize(1);
		}
	}

	@Test
	void whenInterruptedNothingIsCreated() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(1, null)));
			this.hanging.hang("add");
			fixture.time.schedule(() -> Thread.currentThread().interrupt(), Duration.ofSeconds(1));
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open)
				.withMessageContaining("nothing was sent");
			assertThat(Thread.interrupted()).isTrue();
			this.hanging.release(null);
			assertThat(fixture.store.findAll()).hasSize(1);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("create")).isEmpty();
			jvm.open();
		}
	}

	@Test
	void leaseAddedTooLateIsRemovedWhenTheApplicationStops() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			Jvm jvm = fixture.start();
			this.hanging.hang("add");
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			this.hanging.release(null);
			assertThat(fixture.store.findAll()).hasSize(1);
			jvm.leases.destroy();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@ParameterizedTest
	@EnumSource(names = "REPORT", mode = EnumSource.Mode.EXCLUDE)
	void lateTakeoverOfAHolderThatIsAliveAgainFails(OrphanPolicy onOrphan) throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			fixture.access = (store) -> store;
			Jvm holder = fixture.start();
			SessionLease lease = holder.open();
			fixture.access = this.hanging::store;
			Jvm other = fixture.start((builder) -> builder.onOrphan(onOrphan));
			this.hanging.hang("takeOver");
			holder.scheduler.stop();
			fixture.time.pass(Duration.ofSeconds(80));
			assertThat(this.hanging.hanging()).isPositive();
			holder.scheduler.resume();
			fixture.time.pass(Duration.ofSeconds(15));
			this.hanging.release(null);
			fixture.time.pass(Duration.ofMinutes(10));
			assertThat(lease.isOpen()).isTrue();
			assertThat(holder.types()).doesNotContain(SessionLeaseEvent.Type.LOST);
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.running()).containsExactly(lease.sessionId());
			assertThat(other.leases.recovered()).isEmpty();
		}
	}

	@Test
	void lateTakeoverOfADeadHolderSucceeds() throws Exception {
		try (this.hanging; StoreFixture fixture = fixture()) {
			fixture.access = (store) -> store;
			Jvm dead = fixture.start();
			dead.open();
			fixture.access = this.hanging::store;
			fixture.start();
			this.hanging.hang("takeOver");
			dead.kill();
			fixture.time.pass(Duration.ofSeconds(90));
			assertThat(this.hanging.hanging()).isPositive();
			this.hanging.release(null);
			fixture.time.pass(Duration.ofSeconds(20));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void manyLeasesAreCancelledInTimeWhenEachCallIsSlow() throws Exception {
		String[] machines = IntStream.range(0, 100).mapToObj((i) -> new UUID(0, i).toString()).toArray(String[]::new);
		try (StoreFixture fixture = new StoreFixture(FakeComfyDeploy.builder().machines(machines))) {
			Jvm jvm = fixture.start();
			for (String machine : machines) {
				jvm.leases.open(CreateSessionRequest.forMachine(machine).build());
			}
			delayCalls(fixture, Duration.ofMillis(1900));
			Duration start = fixture.time.elapsed();
			jvm.leases.destroy();
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(20));
		}
	}

	private static void delayCalls(StoreFixture fixture, Duration delay) {
		fixture.time.runCallsOn((call) -> fixture.time.schedule(call, delay));
	}

	private Jvm startWithHangingHeartbeats(StoreFixture fixture) {
		fixture.access = ((Interception) (method, call) -> {
			if (this.heartbeatsHang && method.equals("heartbeat")) {
				this.hanging.hang();
			}
			return call.call();
		})::store;
		Jvm jvm = fixture.start();
		fixture.access = (store) -> store;
		return jvm;
	}

	private StoreFixture fixture() {
		StoreFixture fixture = new StoreFixture();
		fixture.time.runCallsOn(this.hanging);
		fixture.access = this.hanging::store;
		return fixture;
	}

}
