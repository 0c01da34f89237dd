package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXPIRED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.RECOVERED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for leases that outlive their JVM.
 */
class LeaseRecoveryTests {

	private static final Duration DEAD = Duration.ofSeconds(75);

	@Test
	void whenAHolderDiesItsSessionsAreCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String others = fixture.createForSomebodyElse(Duration.ofMinutes(30));
			Jvm holder = fixture.start();
			String first = holder.open().sessionId();
			String second = holder.open().sessionId();
			holder.kill();
			Jvm successor = fixture.start();
			fixture.time.pass(Duration.ofSeconds(50));
			assertThat(fixture.running()).containsExactlyInAnyOrder(others, first, second);
			assertThat(fixture.paths("cancel")).isEmpty();
			fixture.time.pass(DEAD.minusSeconds(50));
			assertThat(fixture.running()).containsExactly(others);
			assertThat(successor.types()).containsExactlyInAnyOrder(RECOVERED, CLOSED, RECOVERED, CLOSED);
			assertThat(successor.leases.recovered()).extracting(SessionLease::sessionId)
				.containsExactlyInAnyOrder(first, second);
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void fixedInstanceIdTakesItsLeasesOverImmediately() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start((builder) -> builder.instanceId("web-0"));
			holder.open();
			holder.kill();
			fixture.start((builder) -> builder.instanceId("web-0"));
			fixture.time.pass(Duration.ofSeconds(2));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void oneOfManySuccessorsTakesOver() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			holder.open();
			holder.kill();
			List<Jvm> successors = List.of(fixture.start(), fixture.start(), fixture.start());
			fixture.time.pass(DEAD);
			assertThat(successors).flatExtracting((jvm) -> jvm.leases.recovered()).hasSize(1);
			assertThat(fixture.paths("cancel")).hasSize(1);
		}
	}

	@Test
	void adoptedLeaseIsHeldWithinItsLimits() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			SessionLease lease = holder.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(12)));
			fixture.time.pass(Duration.ofMinutes(2));
			holder.kill();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(DEAD);
			assertThat(successor.leases.recovered()).singleElement().satisfies((recovered) -> {
				assertThat(recovered.sessionId()).isEqualTo(lease.sessionId());
				assertThat(recovered.isOpen()).isTrue();
				assertThat(recovered.url()).isEqualTo(lease.url());
			});
			assertThat(successor.leases.active()).hasSize(1);
			fixture.time.pass(Duration.ofMinutes(8));
			assertThat(fixture.running()).containsExactly(lease.sessionId());
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(successor.types()).startsWith(RECOVERED, READY, EXTENDED, EXTENDED, EXPIRED);
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void reportedLeaseIsLeftToItsDeadline() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start();
			String session = holder.open().sessionId();
			holder.kill();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.REPORT));
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(fixture.running()).containsExactly(session);
			assertThat(successor.reports).singleElement()
				.satisfies((report) -> assertThat(report.getCandidates()).containsExactly(session));
			assertThat(successor.leases.stored()).singleElement()
				.satisfies((lease) -> assertThat(lease.holderAlive()).isFalse());
			assertThat(successor.events).isEmpty();
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void sessionCreatedByAStoppingHolderIsNotAdopted(boolean slowListener) throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm[] stopping = new Jvm[1];
			fixture.operations = ((Interception) (method, call) -> {
				// The response is a success, but the session continues to run
				Object result = method.equals("cancel") ? true : call.call();
				if (method.equals("create")) {
					stopping[0].leases.stop(() -> {
					});
				}
				return result;
			})::operations;
			stopping[0] = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT).eventListener((event) -> {
				if (slowListener && event.getType() == SessionLeaseEvent.Type.OPENED) {
					fixture.time.pass(Duration.ofMillis(200));
				}
			}));
			fixture.operations = UnaryOperator.identity();
			fixture.time.schedule(stopping[0]::kill, Duration.ofSeconds(1));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(stopping[0]::open);
			fixture.time.pass(Duration.ofSeconds(2));
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.CLOSING);
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(Duration.ofMinutes(3));
			assertThat(successor.types()).doesNotContain(READY, EXTENDED).contains(CLOSED);
			assertThat(fixture.running()).isEmpty();
		}
	}

	@Test
	void whenAStoppingHolderLosesItsCreateTheSessionIsCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm[] suspended = new Jvm[1];
			AtomicBoolean lost = new AtomicBoolean(true);
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("cancel") && lost.compareAndSet(true, false)) {
					throw new ComfyDeployTransportException("reset", null, "cancel", 1, true);
				}
				Object result = call.call();
				if (method.equals("create")) {
					suspended[0].scheduler.stop();
					fixture.time.pass(Duration.ofSeconds(80));
					suspended[0].leases.stop(() -> {
					});
					suspended[0].scheduler.resume();
				}
				return result;
			})::operations;
			suspended[0] = fixture.start((builder) -> builder.eventListener((event) -> {
				if (event.getType() == OPENED) {
					fixture.time.pass(Duration.ofMillis(100));
				}
			}));
			// The other JVM finds no session
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("list")) {
					throw new ComfyDeployTransportException("reset", null, "list", 1, false);
				}
				return call.call();
			})::operations;
			fixture.start();
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(suspended[0]::open)
				.withMessageContaining("another JVM took this lease over");
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(fixture.running()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 45, 48 })
	void openOfAStoppingApplicationTakesNothingOver(int seconds) throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			UnaryOperator<SessionLeasesBuilder> adopts = (builder) -> builder.onOrphan(OrphanPolicy.ADOPT);
			Jvm dead = fixture.start(adopts);
			String orphan = dead.open().sessionId();
			fixture.operations = ((Interception) (method, call) -> method.equals("cancel") ? true
					: call.call())::operations;
			Jvm stopping = fixture.start(adopts);
			stopping.open();
			fixture.operations = UnaryOperator.identity();
			fixture.time.pass(Duration.ofSeconds(5));
			Jvm healthy = fixture.start(adopts);
			dead.kill();
			fixture.time.pass(Duration.ofSeconds(seconds));
			stopping.leases.stop(() -> {
			});
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(stopping::open);
			fixture.time.pass(Duration.ofSeconds(25));
			assertThat(stopping.leases.recovered()).isEmpty();
			assertThat(healthy.leases.recovered()).extracting(SessionLease::sessionId).contains(orphan);
			assertThat(fixture.running()).contains(orphan);
		}
	}

	@Test
	void unknownCreateOfAStoppedHolderIsTakenOver() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.operations = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("create")) {
					throw new ComfyDeployTransportException("reset", null, "create", 1, true);
				}
				return result;
			})::operations;
			Jvm stopped = fixture.start();
			fixture.operations = UnaryOperator.identity();
			fixture.start();
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(stopped::open);
			stopped.leases.stop(() -> {
			});
			fixture.time.pass(Duration.ofMinutes(3));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void suspendedHolderCreatesNothing() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm sleeper = fixture.start();
			SessionLease lease = sleeper.open();
			fixture.time.pass(Duration.ofSeconds(130));
			sleeper.scheduler.stop();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(Duration.ofSeconds(90));
			assertThat(successor.leases.recovered()).hasSize(1);
			int extensions = fixture.paths("increase-timeout").size();
			sleeper.scheduler.resume();
			assertThat(sleeper.types()).containsExactly(OPENED, READY, LOST);
			assertThat(lease.isOpen()).isFalse();
			lease.close();
			assertThat(fixture.paths("increase-timeout")).hasSize(extensions);
			assertThat(fixture.paths("cancel")).isEmpty();
			fixture.time.pass(Duration.ofMinutes(10));
			assertThat(fixture.running()).containsExactly(lease.sessionId());
		}
	}

	@Test
	void suspendedHolderThatClosesDoesNotCancelTheSession() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm sleeper = fixture.start();
			SessionLease lease = sleeper.open();
			sleeper.scheduler.stop();
			fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(Duration.ofSeconds(90));
			sleeper.scheduler.resume();
			lease.close();
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(sleeper.types()).containsExactly(OPENED, READY, LOST);
		}
	}

	@Test
	void sessionOfALostResponseIsFoundAndCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String others = fixture.createForSomebodyElse(Duration.ofMinutes(30));
			Jvm jvm = fixture.start();
			String known = jvm.open().sessionId();
			fixture.fake.fail(Fault.drop().carriedOut().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open)
				.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
			assertThat(fixture.running()).hasSize(3);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).containsExactlyInAnyOrder(others, known);
			assertThat(fixture.store.findAll()).extracting(StoredLease::sessionId).containsExactly(known);
			assertThat(jvm.reports).isEmpty();
		}
	}

	@Test
	void clocksMayDisagreeWhereASessionIsKnown() throws Exception {
		try (StoreFixture fixture = new StoreFixture(FakeComfyDeploy.builder(), Duration.ofHours(-3))) {
			Jvm jvm = fixture.start();
			String known = jvm.open().sessionId();
			fixture.fake.fail(Fault.drop().carriedOut().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).containsExactly(known);
		}
	}

	@Test
	void sessionsOfAnotherTimeOrShapeAreLeftAlone() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String earlier = fixture.createForSomebodyElse(Duration.ofMinutes(5));
			fixture.time.pass(Duration.ofMinutes(2));
			Jvm jvm = fixture.start();
			String longer = fixture.createForSomebodyElse(Duration.ofMinutes(6));
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.running()).containsExactlyInAnyOrder(earlier, longer);
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(jvm.reports).isEmpty();
		}
	}

	@Test
	void sessionThatMayBelongToOthersIsReported() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().carriedOut().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			String others = fixture.createForSomebodyElse(Duration.ofMinutes(5));
			List<String> running = fixture.running();
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(running).hasSize(2).contains(others);
			assertThat(fixture.running()).isEqualTo(running);
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(jvm.reports).singleElement()
				.satisfies((report) -> assertThat(report.getCandidates()).containsExactlyInAnyOrderElementsOf(running));
		}
	}

	@Test
	void severalSessionsOfLostResponsesAreFound() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().carriedOut().on("create").times(3));
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			}
			assertThat(fixture.running()).hasSize(3);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void sessionThatIsBeingCreatedElsewhereIsNotCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			LeaseDescription description = new LeaseDescription(StoreFixture.MACHINE, false, false, null,
					Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1), null);
			fixture.store.heartbeat("alive");
			fixture.store.add(NewLease.creating(LeaseHold.first("id", "alive"), description, 5), LeaseLimits.none());
			String others = fixture.createForSomebodyElse(Duration.ofMinutes(5));
			fixture.time.pass(Duration.ofSeconds(55));
			assertThat(fixture.running()).containsExactly(others);
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void sessionOnlyTheEventsShowIsFound() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().carriedOut().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			fixture.fake.fail(Fault.deadlinesUnavailable().on("list").always());
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).isEmpty();
		}
	}

	@Test
	void sessionOfAHolderThatDiedWhileCreatingIsFound() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			LeaseDescription description = new LeaseDescription(StoreFixture.MACHINE, false, false, null,
					Duration.ofMinutes(5), Duration.ofMinutes(2), Duration.ofHours(1), null);
			fixture.start();
			fixture.store.heartbeat("dead");
			fixture.store.add(NewLease.creating(LeaseHold.first("id", "dead"), description, 5), LeaseLimits.none());
			fixture.createForSomebodyElse(Duration.ofMinutes(5));
			fixture.time.pass(DEAD);
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void createThatWasNeverCarriedOutKeepsItsPlaceForAWhile() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofMinutes(6));
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.UNKNOWN);
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(jvm.reports).singleElement().satisfies((report) -> assertThat(report.getCandidates()).isEmpty());
		}
	}

	@Test
	void listsThatFailReleaseNoPlace() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(jvm::open);
			fixture.fake.fail(Fault.status(500).on("list").always());
			fixture.time.pass(Duration.ofHours(23));
			assertThat(fixture.store.findAll()).hasSize(1);
			fixture.time.pass(Duration.ofHours(2));
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

	@Test
	void whenAHolderDiesWhileClosingItsSessionIsClosed() throws Exception {
		try (StoreFixture fixture = new StoreFixture(FakeComfyDeploy.builder())) {
			Jvm holder = fixture.start();
			SessionLease lease = holder.open();
			fixture.fake.fail(Fault.status(503).on("cancel").times(3));
			lease.close();
			holder.kill();
			Jvm successor = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.ADOPT));
			fixture.time.pass(DEAD);
			assertThat(successor.leases.active()).isEmpty();
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
		}
	}

}
