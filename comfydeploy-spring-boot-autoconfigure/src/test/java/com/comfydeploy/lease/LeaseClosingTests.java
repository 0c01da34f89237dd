package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.SimulatedFailures.Call;
import com.comfydeploy.test.FakeComfyDeploy;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSE_UNCONFIRMED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link SessionLease#close()} and for closing all leases.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeaseClosingTests extends AbstractLeaseTests {

	LeaseClosingTests() {
		super(LeaseFixture::new);
	}

	@Test
	void sessionIsCancelledAndItsEndIsConfirmed() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(10)));
		SessionLease lease = this.fixture.open();
		lease.close();
		assertClosed(lease);
		assertThat(this.fixture.time.elapsed()).isBetween(Duration.ofSeconds(9), Duration.ofSeconds(12));
		assertThat(this.fixture.operations.calls.of("cancel")).extracting(Call::at)
			.containsExactly(Duration.ZERO, Duration.ofSeconds(2), Duration.ofSeconds(6));
		assertThat(this.fixture.operations.calls.of("get")).hasSizeGreaterThan(3);
	}

	@Test
	void closingAgainDoesNothing() {
		SessionLease lease = this.fixture.open();
		lease.close();
		int calls = this.fixture.operations.calls.size();
		lease.close();
		lease.close();
		this.fixture.time.pass(Duration.ofHours(2));
		assertThat(this.fixture.operations.calls).hasSize(calls);
		assertClosed(lease);
	}

	@Test
	void closedLeaseIsNotExtendedAnyMore() {
		SessionLease lease = this.fixture.open();
		lease.close();
		this.fixture.time.pass(Duration.ofHours(2));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).isEmpty();
	}

	@Test
	void sessionWithoutContainerIsNotConfirmedForGood() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(5)).spawn(Duration.ofMinutes(2)));
		this.fixture.time.schedule(() -> this.fixture.leases.active().get(0).close(), Duration.ofMinutes(1));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		this.fixture.time.pass(Duration.ofHours(24));
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void operationsThatThrowTheServersBadRequestAreUnderstood() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("cancel", (operation, call) -> {
			call.get();
			throw SimulatedFailures.exception(operation, 400, "Modal function id not found");
		});
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void sessionThatIsGoneAlreadyIsLost() {
		SessionLease lease = this.fixture.open();
		this.fixture.server.cancel(lease.sessionId());
		lease.close();
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, LOST);
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		assertThat(this.fixture.operations.calls.of("get")).hasSize(1);
	}

	@Test
	void failuresAreRetried() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("cancel", SimulatedFailures.REFUSED, SimulatedFailures.status(503, "busy"),
				SimulatedFailures.UNDECLARED, SimulatedFailures.RESPONSE_LOST);
		this.fixture.operations.fail("get", SimulatedFailures.REFUSED, SimulatedFailures.UNDECLARED);
		lease.close();
		assertClosed(lease);
	}

	@Test
	void cancelThatDidNotTakeEffectIsSentAgain() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("cancel", (operation, call) -> false, (operation, call) -> true);
		lease.close();
		assertClosed(lease);
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(3);
	}

	@Test
	void unconfirmedEndIsReported(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		Duration start = this.fixture.time.elapsed();
		lease.close();
		assertThat(this.fixture.time.elapsed().minus(start)).isEqualTo(Duration.ofSeconds(20));
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.events.get(2).getFailure()).hasMessageContaining("refused");
		assertThat(output.getOut().lines().filter((line) -> line.contains("WARN") && line.contains(lease.sessionId())))
			.hasSize(1);
	}

	@Test
	void unconfirmedCancelIsRepeated() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		lease.close();
		this.fixture.time.pass(Duration.ofMinutes(1));
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		this.fixture.time.pass(Duration.ofMinutes(1));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED, CLOSED);
		assertThat(this.fixture.server.list()).isEmpty();
	}

	@Test
	void whenADayHasPassedTheCancelIsNotRepeated() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		lease.close();
		this.fixture.time.pass(Duration.ofHours(23));
		int calls = this.fixture.operations.calls.size();
		this.fixture.time.pass(Duration.ofMinutes(58));
		assertThat(this.fixture.operations.calls).hasSizeGreaterThan(calls + 100);
		this.fixture.time.pass(Duration.ofMinutes(2));
		calls = this.fixture.operations.calls.size();
		this.fixture.time.pass(Duration.ofHours(6));
		assertThat(this.fixture.operations.calls).hasSize(calls);
	}

	@Test
	void shutdownThatTakesLongerThanTheBoundIsReportedAndSeenLater(CapturedOutput output) throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(30)));
		SessionLease lease = this.fixture.open();
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
		assertThat(output).contains("the last poll still found it").contains("24 h");
		this.fixture.time.pass(Duration.ofSeconds(30));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED, CLOSED);
	}

	@Test
	void interruptedThreadWaitsForTheCancelOnly() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(10)));
		SessionLease lease = this.fixture.open();
		Duration start = this.fixture.time.elapsed();
		Thread.currentThread().interrupt();
		lease.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.fixture.time.elapsed()).isEqualTo(start);
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		this.fixture.time.pass(Duration.ofSeconds(15));
		assertClosed(lease);
	}

	@Test
	void allLeasesAreClosedConcurrently() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(15)));
		for (int i = 0; i < 5; i++) {
			this.fixture.open();
		}
		Duration start = this.fixture.time.elapsed();
		this.fixture.leases.stop();
		assertThat(this.fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(20));
		assertThat(this.fixture.types()).filteredOn((type) -> type == CLOSED).hasSize(5);
		assertThat(this.fixture.leases.isRunning()).isFalse();
	}

	@Test
	void closingAllIsBoundedToo() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofMinutes(1)));
		for (int i = 0; i < 5; i++) {
			this.fixture.open();
		}
		Duration start = this.fixture.time.elapsed();
		this.fixture.leases.stop();
		assertThat(this.fixture.time.elapsed().minus(start)).isEqualTo(Duration.ofSeconds(20));
		assertThat(this.fixture.types()).filteredOn((type) -> type == CLOSE_UNCONFIRMED).hasSize(5);
	}

	@Test
	void whenStoppedNoLeaseIsOpenedUntilTheNextStart() {
		this.fixture.leases.stop();
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("nothing was sent");
		assertThat(this.fixture.operations.calls).isEmpty();
		this.fixture.leases.start();
		assertThat(this.fixture.open().isOpen()).isTrue();
		this.fixture.leases.destroy();
		this.fixture.leases.start();
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(this.fixture.time.isClosed()).isTrue();
	}

	@Test
	void sessionThatIsCreatedWhileAllAreClosedIsClosedToo() {
		this.fixture.operations.fail("create", (operation, call) -> {
			Object created = call.get();
			this.fixture.leases.stop(() -> {
			});
			return created;
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("closed before it was ready");
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	@Test
	void stoppingIsBoundedAlsoWhileASessionIsBeingCreated() {
		List<Duration> stopped = new ArrayList<>();
		this.fixture.operations.fail("create", (operation, call) -> {
			this.fixture.leases.stop(() -> stopped.add(this.fixture.time.elapsed()));
			this.fixture.time.pass(Duration.ofMinutes(1));
			return call.get();
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(stopped).containsExactly(Duration.ofSeconds(20));
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	@Test
	void stoppingAndDestroyingTakeNoLongerTogether() {
		this.fixture.operations.fail("create", (operation, call) -> {
			this.fixture.leases.stop();
			this.fixture.leases.destroy();
			assertThat(this.fixture.time.elapsed()).isEqualTo(Duration.ofSeconds(20));
			return call.get();
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(this.fixture.server.list()).isEmpty();
	}

	@Test
	void createDuringShutdownIsReportedInTime() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofMinutes(1)));
		List<Duration> stopped = new ArrayList<>();
		this.fixture.operations.fail("create", (operation, call) -> {
			this.fixture.leases.stop(() -> stopped.add(this.fixture.time.elapsed()));
			this.fixture.time.pass(Duration.ofSeconds(15));
			return call.get();
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(stopped).containsExactly(Duration.ofSeconds(20));
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSE_UNCONFIRMED);
	}

	/** Waiting for its URL ends in time for a cancel, and nothing waits after that. */
	@Test
	void slowCreateDuringShutdownIsCancelledInTime() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(5)));
		this.fixture.operations.fail("create", (operation, call) -> {
			this.fixture.leases.stop(this.fixture.leases::destroy);
			Object created = call.get();
			this.fixture.time.pass(Duration.ofSeconds(10));
			return created;
		});
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(this.fixture.operations.calls.of("cancel")).singleElement()
			.satisfies((call) -> assertThat(call.at()).isBetween(Duration.ofSeconds(17), Duration.ofSeconds(19)));
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	/**
	 * This happens if all leases are closed before the opening thread starts this one.
	 */
	@Test
	void leaseThatIsClosedBeforeItsStartIsCancelledOnce() {
		String sessionId = this.fixture.server.create(LeaseFixture.REQUEST).sessionId();
		ResolvedLeaseOptions options = ResolvedLeaseOptions.DEFAULTS;
		DefaultSessionLease lease = new DefaultSessionLease(sessionId, null,
				LeaseState.created(options, new BackOff(() -> 1.0), options.extension(), Duration.ZERO),
				LeaseOperations.of(this.fixture.operations, options, Duration.ofSeconds(30), false), LeaseRecord.NONE,
				this.fixture.time, this.fixture.time.nanoTime(), new LeaseContext(sessionId, ObservationRegistry.NOOP),
				null, List.of(this.fixture.events::add), OPENED);
		this.fixture.operations.fail("cancel", (operation, call) -> {
			lease.start();
			this.fixture.time.pass(Duration.ofMillis(1));
			return call.get();
		});
		lease.closeAsync();
		this.fixture.time.pass(Duration.ofSeconds(1));
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	/** The application may stop before the next try in the background. */
	@Test
	void unconfirmedSessionIsCancelledAgainAtShutdown() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		lease.close();
		this.fixture.time.pass(Duration.ofMinutes(2));
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		int cancels = this.fixture.operations.calls.of("cancel").size();
		Duration start = this.fixture.time.elapsed();
		this.fixture.leases.stop();
		this.fixture.leases.destroy();
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(cancels + 1);
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.time.elapsed().minus(start)).isLessThan(Duration.ofSeconds(1));
		assertThat(this.fixture.time.isClosed()).isTrue();
	}

	private void assertClosed(SessionLease lease) {
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSED);
	}

}
