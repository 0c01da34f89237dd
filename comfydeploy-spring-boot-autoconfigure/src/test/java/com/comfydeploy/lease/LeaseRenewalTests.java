package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.SimulatedFailures.Call;
import com.comfydeploy.lease.SimulatedFailures.Failure;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXPIRED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for extensions: when the deadline is extended, and what happens if this fails.
 */
class LeaseRenewalTests extends AbstractLeaseTests {

	private static final Duration MINUTE = Duration.ofMinutes(1);

	LeaseRenewalTests() {
		super(LeaseFixture::withoutChecks);
	}

	@Test
	void leaseIsExtendedWhenSoMuchIsLeft() {
		SessionLease lease = this.fixture.open();
		pass(Duration.ofSeconds(179));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).isEmpty();
		pass(Duration.ofSeconds(1));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		assertThat(lease.expiresAt()).isEqualTo(this.fixture.time.now().plus(Duration.ofMinutes(7)));
		pass(Duration.ofMinutes(20));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).extracting(Call::at)
			.containsExactly(minutes(3), minutes(8), minutes(13), minutes(18), minutes(23));
		assertThat(this.fixture.types()).startsWith(OPENED, READY, EXTENDED).endsWith(EXTENDED);
	}

	@Test
	void whenNothingFailsThereAreNoOtherRequests() {
		this.fixture.open();
		pass(Duration.ofMinutes(50));
		assertThat(this.fixture.operations.calls.of("get")).isEmpty();
	}

	@Test
	void wallClockHasNoEffect() {
		SessionLease lease = this.fixture.open();
		this.fixture.time.moveWallClock(Duration.ofDays(-400));
		pass(Duration.ofMinutes(10));
		this.fixture.time.moveWallClock(Duration.ofDays(800));
		pass(Duration.ofMinutes(10));
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(25));
	}

	@Test
	void timeIsCountedFromBeforeTheCreationWasSent() {
		Failure slow = SimulatedFailures.NONE.afterwards(this.fixture.time, Duration.ofSeconds(25));
		this.fixture.operations.fail("create", slow);
		SessionLease lease = this.fixture.open();
		assertThat(lease.expiresAt()).isEqualTo(this.fixture.time.now().plus(Duration.ofSeconds(275)));
		pass(Duration.ofSeconds(155));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(1);
	}

	@Test
	void leaseIsNotExtendedPastItsLimitAndClosesItself() {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(17)));
		pass(Duration.ofMinutes(16));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(17));
		assertThat(lease.isOpen()).isTrue();
		pass(Duration.ofSeconds(61));
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.server.list()).isEmpty();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENDED, EXTENDED, EXTENDED, EXPIRED, CLOSED);
		pass(Duration.ofHours(1));
		assertThat(this.fixture.types()).endsWith(EXPIRED, CLOSED);
	}

	@ParameterizedTest
	@ValueSource(ints = { 5, 6, 7, 8, 61, 119 })
	void limitIsKeptWhateverIsLeftOver(int minutes) {
		SessionLease lease = this.fixture
			.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(minutes).plusSeconds(59)));
		pass(Duration.ofMinutes(minutes).minusSeconds(5));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(minutes));
		pass(Duration.ofSeconds(6));
		assertThat(this.fixture.types()).endsWith(EXPIRED, CLOSED);
	}

	@Test
	void limitBelowAMinuteIsKeptByClosing() {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofSeconds(20)));
		assertThat(this.fixture.granted(lease)).isEqualTo(MINUTE);
		pass(Duration.ofSeconds(20));
		assertThat(this.fixture.server.list()).isEmpty();
	}

	@Test
	void failedExtensionIsRetriedWithinTheRemainingTime() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		pass(Duration.ofSeconds(299));
		assertThat(lease.isOpen()).isTrue();
		List<Call> tries = this.fixture.operations.calls.of("increase-timeout");
		assertThat(tries).hasSizeGreaterThanOrEqualTo(4);
		assertThat(tries).extracting((call) -> call.at().toMillis()).doesNotHaveDuplicates();
		assertThat(this.fixture.types()).filteredOn((type) -> type == EXTENSION_FAILED).hasSameSizeAs(tries);
		assertThat(this.fixture.events.get(2).getFailure()).hasMessageContaining("refused");
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		pass(Duration.ofSeconds(8));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
	}

	@ParameterizedTest
	@ValueSource(strings = { "refused", "request lost", "status 500", "status 429", "status 403" })
	void fourAttemptsFitEvenIfEachTakesTheReadTimeout(String what) {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().renewBefore(Duration.ofSeconds(100)));
		Failure fault = switch (what) {
			case "refused" -> SimulatedFailures.REFUSED;
			case "request lost" -> SimulatedFailures.REQUEST_LOST;
			default -> SimulatedFailures.status(Integer.parseInt(what.substring(7)), "no");
		};
		this.fixture.operations
			.failAll((operation) -> (operation.equals("increase-timeout") ? fault : SimulatedFailures.NONE)
				.afterwards(this.fixture.time, Duration.ofMillis(8300)));
		pass(Duration.ofSeconds(284));
		assertThat(this.fixture.time.elapsed()).isLessThan(Duration.ofSeconds(300));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSizeGreaterThanOrEqualTo(4)
			.allSatisfy((call) -> {
				assertThat(call.readTimeout()).isEqualTo(Duration.ofSeconds(100).dividedBy(12));
				assertThat(call.retried()).isFalse();
			});
		assertThat(lease.isOpen()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(ints = { 20, 30, 60, 120, 200, 299 })
	void threeMoreAttemptsFit(int seconds) {
		this.fixture.open(LeaseOptions.builder().renewBefore(Duration.ofSeconds(seconds)));
		Duration readTimeout = Durations.max(Duration.ofSeconds(2), Duration.ofSeconds(seconds).dividedBy(12));
		this.fixture.operations.failAll((operation) -> (operation.equals("increase-timeout")
				? SimulatedFailures.REQUEST_LOST : SimulatedFailures.NONE)
			.afterwards(this.fixture.time, readTimeout));
		pass(Duration.ofMinutes(5));
		assertThat(this.fixture.operations.calls.of("increase-timeout"))
			.filteredOn((call) -> call.at().compareTo(Duration.ofMinutes(5)) < 0)
			.hasSizeGreaterThanOrEqualTo(4)
			.allSatisfy((call) -> assertThat(call.readTimeout()).isEqualTo(readTimeout));
	}

	@Test
	void undeclaredFailureIsRetried() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.UNDECLARED);
		this.fixture.operations.fail("get", SimulatedFailures.UNDECLARED);
		pass(Duration.ofMinutes(4));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
	}

	@Test
	void serverNeverHasMoreThanAKilledHolderMayCost() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.NONE, SimulatedFailures.RESPONSE_LOST,
				SimulatedFailures.REQUEST_LOST, SimulatedFailures.statusAfterwards(500),
				SimulatedFailures.statusAfterwards(504), SimulatedFailures.REFUSED);
		Duration most = Duration.ZERO;
		while (this.fixture.time.elapsed().compareTo(minutes(50)) < 0) {
			pass(Duration.ofSeconds(5));
			most = Durations.max(most, this.fixture.left(lease));
		}
		assertThat(most).isEqualTo(Duration.ofMinutes(7));
	}

	@Test
	void lostResponseIsDetectedAndNothingIsExtendedTwice() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.RESPONSE_LOST);
		pass(Duration.ofMinutes(4));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(1);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENSION_FAILED, EXTENDED);
		assertThat(lease.expiresAt()).isBetween(this.fixture.time.now().plusMillis(359_900),
				this.fixture.time.now().plusMillis(360_000));
		pass(Duration.ofMinutes(5));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(15));
	}

	@Test
	void serverErrorOfAProcessedExtensionIsDetected() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.statusAfterwards(500),
				SimulatedFailures.statusAfterwards(502));
		pass(Duration.ofMinutes(9));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(15));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(2);
	}

	@Test
	void lostExtensionIsSentAgainOnceTheLossIsKnown() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		this.fixture.operations.fail("get", SimulatedFailures.REFUSED, SimulatedFailures.status(503, "busy"));
		pass(Duration.ofMinutes(5).minusSeconds(1));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(2);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 12, 23 })
	void extensionThatArrivesLateIsNotSentTwice(int seconds) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", arrivesAfter(Duration.ofSeconds(seconds)));
		pass(Duration.ofMinutes(5));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 30, 60, 250 })
	void extensionThatArrivesLateReplacesTheNext(int seconds) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", arrivesAfter(Duration.ofSeconds(seconds)));
		pass(Duration.ofMinutes(12));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(2);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(15));
		assertThat(lease.expiresAt()).isBetween(this.fixture.time.now().plusMillis(179_900),
				this.fixture.time.now().plusMillis(180_000));
		int polls = this.fixture.operations.calls.of("get").size();
		pass(Duration.ofMinutes(40));
		assertThat(this.fixture.operations.calls.of("get")).hasSize(polls);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(55));
	}

	private Failure arrivesAfter(Duration delay) {
		return (operation, call) -> {
			this.fixture.time.schedule(call::get, delay);
			return SimulatedFailures.REQUEST_LOST.apply(operation, call);
		};
	}

	@Test
	void extensionByOthersCounts() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.status(503, "busy"));
		pass(Duration.ofSeconds(180));
		this.fixture.server.increaseTimeout(lease.sessionId(), Duration.ofMinutes(30));
		pass(Duration.ofMinutes(20));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(35));
		assertThat(this.fixture.operations.calls.of("increase-timeout")).hasSize(1);
	}

	@Test
	void endedSessionIsLost() {
		SessionLease lease = this.fixture.open();
		this.fixture.server.cancel(lease.sessionId());
		assertThat(lease.isOpen()).isTrue();
		pass(Duration.ofMinutes(3));
		assertLost(lease, "get");
	}

	@Test
	void lostSessionIsFoundWithATranslatedException() {
		SessionLease lease = this.fixture.open();
		this.fixture.server.cancel(lease.sessionId());
		this.fixture.operations.fail("increase-timeout", (operation, call) -> {
			throw new ComfyDeployException("translated",
					SimulatedFailures.exception(operation, 404, "GPU event not found"), operation, 1, false) {
			};
		});
		pass(Duration.ofMinutes(3));
		assertLost(lease, "get");
	}

	@Test
	void sessionThatIsGoneAfterAnUnknownOutcomeIsLost() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(Duration.ofMinutes(3));
		this.fixture.server.cancel(lease.sessionId());
		pass(MINUTE);
		assertLost(lease, "get");
	}

	private void assertLost(SessionLease lease, String lastCall) {
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.types()).endsWith(LOST);
		int calls = this.fixture.operations.calls.size();
		assertThat(this.fixture.operations.calls.get(calls - 1).operation()).isEqualTo(lastCall);
		lease.close();
		pass(Duration.ofHours(2));
		assertThat(this.fixture.operations.calls).hasSize(calls);
		assertThat(this.fixture.types()).endsWith(LOST);
	}

	@Test
	void whenTheNetworkIsDownPastTheDeadlineTheServerDecides() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		pass(Duration.ofMinutes(6));
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.types()).doesNotContain(LOST, CLOSED);
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		pass(MINUTE);
		assertThat(this.fixture.types()).endsWith(LOST);
	}

	@Test
	void extensionWithALostResponseIsFoundAfterAnOutage() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.RESPONSE_LOST);
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		pass(Duration.ofMinutes(6));
		assertThat(lease.isOpen()).isFalse();
		assertThat(this.fixture.leases.active()).isEmpty();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.NONE);
		pass(MINUTE);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.leases.active()).containsExactly(lease);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		pass(Duration.ofMinutes(2));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(15));
	}

	private static Duration minutes(long minutes) {
		return Duration.ofMinutes(minutes);
	}

}
