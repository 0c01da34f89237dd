package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.Session;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.RecordedRequest;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSE_UNCONFIRMED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the conclusions that a lease draws from the responses of a server whose parts
 * fail. They check the requests that the lease sends, and the containers that are left.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeaseEvidenceTests extends AbstractLeaseTests {

	LeaseEvidenceTests() {
		super(LeaseFixture::new);
	}

	private void pass(long seconds) {
		this.fixture.time.pass(Duration.ofSeconds(seconds));
	}

	private List<String> requests(String operation) {
		return this.fixture.fake.requests(operation).stream().map(RecordedRequest::method).toList();
	}

	private void assertNoContainer() {
		assertThat(this.fixture.fake.containers()).isEmpty();
	}

	@Test
	void whenDeadlinesCannotBeReadForAWhileLeaseIsKept() {
		SessionLease lease = this.fixture.open();
		pass(170);
		this.fixture.fake.fail(Fault.deadlinesUnavailable().on("get", "increase-timeout").always());
		pass(100);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).startsWith(OPENED, READY, EXTENSION_FAILED).doesNotContain(LOST, EXTENDED);
		this.fixture.fake.clearFaults();
		pass(20);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).endsWith(EXTENDED);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		lease.close();
		assertThat(this.fixture.types()).endsWith(CLOSED);
		assertNoContainer();
	}

	@Test
	void whenOneGetHasNoDeadlineNothingIsLost() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(180);
		this.fixture.fake.fail(Fault.deadlinesUnavailable().on("get").times(1));
		pass(60);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).doesNotContain(LOST).endsWith(EXTENDED);
	}

	@Test
	void whenTheDeadlineIsForgottenLeaseIsKeptAndEndsItsSession() {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(30)));
		this.fixture.fake.fail(Fault.deadlineForgotten().on("increase-timeout").times(1));
		pass(180);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENSION_FAILED);
		pass(420);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.leases.active()).containsExactly(lease);
		int tries = requests("increase-timeout").size();
		pass(600);
		assertThat(requests("increase-timeout")).hasSize(tries + 10);
		assertThat(this.fixture.types()).doesNotContain(LOST);
		pass(600);
		assertThat(this.fixture.types()).endsWith(CLOSED);
		assertNoContainer();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3 })
	void whenACancelStopsNothingItIsSentAgain(int times) {
		SessionLease lease = this.fixture.open();
		this.fixture.fake.fail(Fault.cancelWithoutEffect().times(times));
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSED);
		assertThat(requests("cancel")).hasSize(times + 1);
		assertThat(this.fixture.time.elapsed().toSeconds()).isEqualTo((1 << (times + 1)) - 2);
		assertNoContainer();
	}

	@Test
	void whenCancelsStopNothingForHoursTheyContinue(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.fake.fail(Fault.cancelWithoutEffect().always());
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
		assertThat(output).contains("24 h, the server's own limit");
		pass(7200);
		assertThat(this.fixture.fake.containers()).hasSize(1);
		assertThat(requests("cancel")).hasSizeGreaterThan(115);
		this.fixture.fake.clearFaults();
		pass(61);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED, CLOSED);
		assertNoContainer();
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void whenACancelIsAnErrorThatStopsTheContainerItIsClosed() {
		SessionLease lease = this.fixture.open();
		this.fixture.fake.fail(Fault.deadlinesUnavailable().on("cancel").times(1));
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSED);
		assertThat(requests("cancel")).hasSize(1);
		assertNoContainer();
	}

	@Test
	void whenTheCreateWasSlowClosingWaitsForTheContainer() throws Exception {
		openSlowly(Duration.ofSeconds(14), 1);
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
		assertThat(this.fixture.operations.calls.of("cancel")).singleElement()
			.satisfies((call) -> assertThat(call.at()).isBetween(Duration.ofSeconds(14), Duration.ofSeconds(17)));
		assertNoContainer();
	}

	@Test
	void whenTheContainerComesTooLateItIsUnconfirmedForGood(CapturedOutput output) throws Exception {
		openSlowly(Duration.ofSeconds(60), 1);
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.operations.calls.of("cancel")).singleElement()
			.satisfies((call) -> assertThat(call.at()).isEqualTo(Duration.ofSeconds(26)));
		assertThat(output).contains("then no call can stop it").contains("24 h");
		pass(7200);
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.fake.containers()).hasSize(1);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	/** A create that takes ten seconds, and whose lease is closed a second later. */
	private void openSlowly(Duration container, int closedAfter) throws Exception {
		use(FakeComfyDeploy.builder());
		this.fixture.fake.fail(Fault.slowContainer(container));
		this.fixture.operations.fail("create",
				SimulatedFailures.NONE.afterwards(this.fixture.time, Duration.ofSeconds(10)));
		this.fixture.time.schedule(() -> this.fixture.leases.active().get(0).close(),
				Duration.ofSeconds(10 + closedAfter));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("closed before it was ready");
	}

	@ParameterizedTest
	@ValueSource(strings = { "{ \"detail\": \"Not Found\" }", "<html>no such service</html>", "" })
	void whenAGatewaySaysNotFoundNothingIsLost(String body) {
		SessionLease lease = this.fixture.open();
		Fault notFound = Fault.status(404).body(body.startsWith("{") ? "application/json" : "text/html", body);
		this.fixture.fake.fail(notFound.on("get", "increase-timeout").always());
		pass(200);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).contains(EXTENSION_FAILED).doesNotContain(LOST);
		this.fixture.fake.clearFaults();
		pass(60);
		assertThat(this.fixture.types()).endsWith(EXTENDED);
		this.fixture.fake.fail(notFound.on("cancel").times(2));
		lease.close();
		assertThat(this.fixture.types()).endsWith(CLOSED);
		assertThat(requests("cancel")).hasSize(3);
		assertNoContainer();
	}

	@Test
	void whenLessWasGrantedItIsBelieved() {
		this.fixture.operations.fail("await", (operation, call) -> {
			Session session = ((Optional<?>) call.get()).map(Session.class::cast).orElseThrow();
			Instant end = session.timeoutEnd().minus(Duration.ofMinutes(2));
			return Optional.of(new Session(session.id(), session.gpuEventId(), session.url(), session.gpu(),
					session.createdAt(), session.timeout(), end, session.machineId(), session.machineVersionId(),
					session.status(), session.userId(), session.orgId()));
		});
		SessionLease lease = this.fixture.open();
		assertThat(lease.expiresAt()).isEqualTo(this.fixture.time.now().plus(Duration.ofMinutes(3)));
	}

	@Test
	void whenAHeldSessionIsGoneItIsNoticedAtTheNextCheck() {
		SessionLease lease = this.fixture.open();
		pass(10);
		this.fixture.server.cancel(lease.sessionId());
		pass(19);
		assertThat(lease.isOpen()).isTrue();
		pass(1);
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, LOST);
		pass(7200);
		assertThat(requests("cancel")).hasSize(1);
		assertThat(requests("get")).hasSize(2);
	}

	@Test
	void whenASessionNeverHasADeadlineItIsHeldAndEnded() throws Exception {
		use(FakeComfyDeploy.builder());
		this.fixture.fake.fail(Fault.deadlinesUnavailable().on("create").times(1));
		SessionLease lease = this.fixture.open();
		pass(1000);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.server.list()).isEmpty();
		lease.close();
		assertThat(this.fixture.types()).doesNotContain(LOST).endsWith(CLOSED);
		assertNoContainer();
	}

	@Test
	void whenTheServerFailsToEndASessionTheLeaseDoes() {
		this.fixture.fake.fail(Fault.failedExpiry());
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		pass(400);
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		pass(60);
		assertThat(this.fixture.types()).doesNotContain(LOST);
		lease.close();
		assertThat(this.fixture.types()).endsWith(CLOSED);
		assertNoContainer();
	}

}
