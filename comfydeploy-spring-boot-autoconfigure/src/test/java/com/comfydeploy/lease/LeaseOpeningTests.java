package com.comfydeploy.lease;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXPIRED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link SessionLeases#open}: the session that is created, and its end if
 * opening the lease fails.
 */
class LeaseOpeningTests extends AbstractLeaseTests {

	LeaseOpeningTests() {
		super(LeaseFixture::new);
	}

	@Test
	void sessionIsCreatedForOneExtensionAndAwaited() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofSeconds(90)));
		SessionLease lease = this.fixture.open();
		assertThat(lease.isOpen()).isTrue();
		assertThat(lease.url()).startsWith("http://localhost:");
		assertThat(this.fixture.leases.active()).containsExactly(lease);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(5));
		assertThat(lease.expiresAt()).isEqualTo(this.fixture.time.now().plus(Duration.ofSeconds(210)));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY);
		assertThat(this.fixture.events).allSatisfy((event) -> {
			assertThat(event.getSessionId()).isEqualTo(lease.sessionId());
			assertThat(event.getLease()).isSameAs(lease).isSameAs(event.getSource());
		});
	}

	@Test
	void requestTimeoutIsTheInitialTimeout() {
		SessionLease lease = this.fixture.leases.open(CreateSessionRequest.forMachine(LeaseFixture.MACHINE)
			.gpu(Gpu.H100)
			.timeout(Duration.ofMinutes(12))
			.waitForServer(true)
			.build());
		Session session = this.fixture.server.get(lease.sessionId());
		assertThat(session.timeout()).isEqualTo(Duration.ofMinutes(12));
		assertThat(session.gpu()).isEqualTo(Gpu.H100);
		assertThat(this.fixture.fake.requests("create")).singleElement()
			.satisfies((request) -> assertThat(request.body()).doesNotContain("wait_for_server"));
		this.fixture.time.pass(Duration.ofMinutes(9));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY);
		this.fixture.time.pass(Duration.ofMinutes(1));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(17));
	}

	@Test
	void initialTimeoutIsAtMostTheMaxLifetime() {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofSeconds(200)));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(3));
	}

	@Test
	void initialTimeoutBeyondTheMaxLifetimeIsRejected() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fixture.leases
				.open(CreateSessionRequest.forMachine(LeaseFixture.MACHINE).timeout(Duration.ofMinutes(61)).build()))
			.withMessageContaining("1h1m")
			.withMessageContaining("maxLifetime");
		assertThat(this.fixture.operations.calls.of("create")).isEmpty();
	}

	@Test
	void optionsThatContradictTheConfiguredOnesSendNothing() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fixture.open(LeaseOptions.builder().extension(Duration.ofMinutes(1))))
			.withMessageContaining("renewBefore");
		assertThat(this.fixture.operations.calls).isEmpty();
	}

	@Test
	void sessionIsExtendedWhileItIsAwaited() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(9)));
		SessionLease lease = this.fixture.open();
		assertThat(this.fixture.types()).containsExactly(OPENED, EXTENDED, EXTENDED, READY);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(15));
	}

	@Test
	void whenTheStartFailsTheLeaseIsLost() {
		this.fixture.fake.fail(Fault.failedStart());
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(this.fixture::open)
			.withMessageContaining(this.fixture.events.get(0).getSessionId())
			.withMessageContaining("its start failed");
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.operations.calls.of("cancel")).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, LOST);
	}

	@Test
	void whenAnExtensionIsNotFoundWhileStartingThePollDecides() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(4)));
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.status(404, "GPU event not found"));
		assertThat(this.fixture.open().isOpen()).isTrue();
		assertThat(this.fixture.types()).containsExactly(OPENED, EXTENSION_FAILED, EXTENDED, READY);
	}

	@Test
	void sessionThatIsNotReadyInTimeIsCancelled() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(30)).shutdown(Duration.ofSeconds(10)));
		assertThatExceptionOfType(SessionNotReadyException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("10m")
			.withMessageContaining("cancelled")
			.satisfies((ex) -> assertThat(ex.getSessionId()).isEqualTo(this.fixture.events.get(0).getSessionId()));
		assertThat(this.fixture.time.elapsed()).isLessThan(Duration.ofSeconds(615));
		assertNothingLeft();
		assertThat(this.fixture.types()).containsExactly(OPENED, EXTENDED, EXTENDED, CLOSED);
	}

	@Test
	void whenLifetimeEndsBeforeReadySessionIsCancelled() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(30)));
		assertThatExceptionOfType(ComfyDeployException.class)
			.isThrownBy(() -> this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(3))));
		assertNothingLeft();
		assertThat(this.fixture.types()).containsExactly(OPENED, EXPIRED, CLOSED);
	}

	@ParameterizedTest
	@ValueSource(ints = { 500, 502, 404, 429 })
	void pollThatFailsForAMinuteCancels(int status) {
		this.fixture.operations.failAll((operation) -> operation.equals("await")
				? SimulatedFailures.status(status, "Not Found") : SimulatedFailures.NONE);
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(this.fixture::open)
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(status));
		assertThat(this.fixture.operations.calls.of("cancel")).first()
			.satisfies((call) -> assertThat(call.at()).isEqualTo(Duration.ofMinutes(1)));
		assertNothingLeft();
	}

	@Test
	void pollThatFailsForLessThanAMinuteIsRepeated() {
		this.fixture.operations.fail("await", SimulatedFailures.REFUSED, SimulatedFailures.status(500, "no"),
				SimulatedFailures.status(404, "Not Found"), SimulatedFailures.status(408, "late"),
				SimulatedFailures.status(425, "early"), SimulatedFailures.status(429, "slow down"));
		assertThat(this.fixture.open().isOpen()).isTrue();
		assertThat(this.fixture.time.elapsed()).isEqualTo(Duration.ofSeconds(12));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY);
	}

	@ParameterizedTest
	@ValueSource(ints = { 401, 403, 422 })
	void pollThatIsRejectedCancels(int status) {
		this.fixture.operations.fail("await", SimulatedFailures.status(status, "no"));
		assertThatExceptionOfType(ComfyDeployApiException.class).isThrownBy(this.fixture::open)
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(status));
		assertNothingLeft();
	}

	@Test
	void unexpectedExceptionCancels() {
		this.fixture.operations.fail("await", (operation, call) -> {
			throw new StackOverflowError();
		});
		assertThatExceptionOfType(StackOverflowError.class).isThrownBy(this.fixture::open);
		assertNothingLeft();
	}

	@Test
	void undeclaredExceptionCancels() {
		this.fixture.operations.fail("await", SimulatedFailures.UNDECLARED);
		assertThatExceptionOfType(IOException.class).isThrownBy(this.fixture::open);
		assertNothingLeft();
	}

	@Test
	void interruptCancelsAndIsKept() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(3)).shutdown(Duration.ofSeconds(10)));
		this.fixture.operations.fail("get", SimulatedFailures.REFUSED);
		this.fixture.time.schedule(() -> Thread.currentThread().interrupt(), Duration.ofSeconds(21));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open);
		assertThat(Thread.interrupted()).isTrue();
		assertThat(this.fixture.time.elapsed()).isLessThan(Duration.ofSeconds(23));
		assertThat(this.fixture.operations.calls.of("cancel")).hasSize(1);
		assertThat(this.fixture.types()).containsExactly(OPENED);
		this.fixture.time.pass(Duration.ofSeconds(15));
		assertNothingLeft();
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	@Test
	void createWithAnUnknownOutcomeIsNotRepeated() {
		this.fixture.operations.fail("create", SimulatedFailures.RESPONSE_LOST);
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("list(machineId)")
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.fixture.operations.calls).hasSize(1);
		this.fixture.time.pass(Duration.ofMinutes(1));
		assertThat(this.fixture.operations.calls).hasSize(1);
		assertThat(this.fixture.server.list(LeaseFixture.MACHINE)).hasSize(1);
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.events).isEmpty();
	}

	@Test
	void failedCreateCreatesNothing() {
		this.fixture.operations.fail("create", SimulatedFailures.status(403, "balance"));
		assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(this.fixture::open);
		assertThat(this.fixture.operations.calls).hasSize(1);
		assertThat(this.fixture.events).isEmpty();
	}

	@Test
	void onlyOwnSessionsAreCancelled() {
		String other = this.fixture.server.create(LeaseFixture.REQUEST).sessionId();
		this.fixture.open().close();
		assertThat(this.fixture.server.list(LeaseFixture.MACHINE)).extracting(Session::id).containsExactly(other);
	}

	@Test
	void leaseHasNoUrlUntilItIsReady() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(1)));
		this.fixture.time.schedule(() -> {
			SessionLease opening = this.fixture.leases.active().get(0);
			assertThat(opening.isOpen()).isTrue();
			assertThatIllegalStateException().isThrownBy(opening::url);
		}, Duration.ofSeconds(30));
		assertThat(this.fixture.open().url()).isNotEmpty();
	}

	@Test
	void leaseCanBeClosedWhileItIsOpening() throws Exception {
		use(FakeComfyDeploy.builder().startup(Duration.ofMinutes(1)));
		this.fixture.time.schedule(() -> this.fixture.leases.active().get(0).close(), Duration.ofSeconds(30));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(this.fixture::open)
			.withMessageContaining("closed before it was ready");
		assertNothingLeft();
		assertThat(this.fixture.types()).containsExactly(OPENED, CLOSED);
	}

	@Test
	void failingListenerDoesNotAffectTheLease() {
		SessionLeases leases = SessionLeasesBuilder.with(this.fixture.operations).eventListener((event) -> {
			throw SimulatedFailures.<RuntimeException>undeclared(new IOException("listener"));
		}).build(this.fixture.time, new BackOff(() -> 1.0));
		SessionLease lease = leases.open(LeaseFixture.REQUEST);
		this.fixture.time.pass(Duration.ofMinutes(20));
		assertThat(lease.isOpen()).isTrue();
		lease.close();
		assertNothingLeft();
	}

	@Test
	void slowListenerDoesNotDelayTheLease() {
		List<SessionLeaseEvent> seen = new ArrayList<>();
		SessionLeases leases = SessionLeasesBuilder.with(this.fixture.operations).eventListener((event) -> {
			seen.add(event);
			if (event.getType() == OPENED || event.getType() == EXPIRED) {
				this.fixture.time.pass(Duration.ofMinutes(9));
			}
			if (event.getType() == OPENED) {
				assertThat(this.fixture.granted(event.getLease())).isEqualTo(Duration.ofMinutes(15));
			}
			if (event.getType() == EXPIRED) {
				assertThat(this.fixture.server.list()).isEmpty();
			}
		}).build(this.fixture.time, new BackOff(() -> 1.0));
		leases.open(LeaseFixture.REQUEST, LeaseOptions.builder().maxLifetime(Duration.ofMinutes(40)).build());
		this.fixture.time.pass(Duration.ofHours(1));
		assertThat(seen).extracting(SessionLeaseEvent::getType)
			.containsExactly(OPENED, READY, EXTENDED, EXTENDED, EXTENDED, EXTENDED, EXTENDED, EXTENDED, EXTENDED,
					EXPIRED, CLOSED);
	}

	@Test
	void whenNoThreadIsAvailableTheSessionIsCancelled() {
		VirtualTime time = new VirtualTime(this.fixture.fake::advance) {

			private boolean failed;

			@Override
			public Timer schedule(Runnable runnable, Duration delay) {
				if (!this.failed) {
					this.failed = true;
					throw new OutOfMemoryError("unable to create native thread");
				}
				return super.schedule(runnable, delay);
			}

		};
		SessionLeases leases = SessionLeasesBuilder.with(this.fixture.operations).build(time, new BackOff(() -> 1.0));
		assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		assertNothingLeft();
	}

	private void assertNothingLeft() {
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.operations.calls.of("cancel")).isNotEmpty();
	}

}
