package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.SimulatedFailures.Failure;
import com.comfydeploy.session.Session;
import com.comfydeploy.test.FakeComfyDeploy;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSE_UNCONFIRMED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the exact times of the calls of a lease if something fails, for the reported
 * time for which its session may cost money, and for timers that remain.
 */
@ExtendWith(OutputCaptureExtension.class)
class LeaseTimingTests extends AbstractLeaseTests {

	private static final Failure WITHOUT_DEADLINE = (operation, call) -> {
		Session session = ((Optional<?>) call.get()).map(Session.class::cast).orElseThrow();
		return Optional.of(new Session(session.id(), session.gpuEventId(), session.url(), session.gpu(),
				session.createdAt(), session.timeout(), null, session.machineId(), session.machineVersionId(),
				session.status(), session.userId(), session.orgId()));
	};

	LeaseTimingTests() {
		super(LeaseFixture::withoutChecks);
	}

	private void pass(double seconds) {
		this.fixture.time.pass(Duration.ofMillis((long) (seconds * 1000)));
	}

	/** Return the times of the calls of an operation, in seconds. */
	private List<Double> times(String operation) {
		return this.fixture.operations.calls.of(operation)
			.stream()
			.map((call) -> call.at().toMillis() / 1000.0)
			.toList();
	}

	private void refuseAll() {
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
	}

	private void omitDeadline() {
		this.fixture.operations.failAll((operation) -> (operation.equals("get") || operation.equals("await"))
				? WITHOUT_DEADLINE : SimulatedFailures.NONE);
	}

	@Test
	void failedExtensionIsRetriedWithGrowingWaits() {
		this.fixture.open();
		refuseAll();
		pass(400);
		assertThat(times("increase-timeout")).startsWith(180.0, 181.0, 183.0, 187.0, 194.5, 202.0)
			.endsWith(292.0, 299.5, 307.0, 367.0);
	}

	@Test
	void waitsGrowFromTheShortestAgainAfterASuccess(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REFUSED, SimulatedFailures.REFUSED,
				SimulatedFailures.REFUSED, SimulatedFailures.NONE, SimulatedFailures.REFUSED,
				SimulatedFailures.REFUSED);
		pass(600);
		assertThat(times("increase-timeout")).containsExactly(180.0, 181.0, 183.0, 187.0, 480.0, 481.0, 483.0);
		assertThat(output.getOut().lines())
			.filteredOn((line) -> line.contains("WARN") && line.contains(lease.sessionId()))
			.hasSize(2)
			.allSatisfy((line) -> assertThat(line).contains("120 s before its deadline. The lease tries again"));
	}

	@Test
	void retryAfterIsHonoredUpToAQuarterOfTheRemainingTime() {
		this.fixture.open();
		this.fixture.operations.failAll((operation) -> SimulatedFailures.status(429, "slow down"));
		pass(275);
		assertThat(times("increase-timeout")).containsExactly(180.0, 210.0, 232.5, 249.375, 262.031, 271.523);
	}

	@Test
	void lostExtensionIsSentAgainAfterAFifthOfTheTime() {
		this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(240);
		assertThat(times("increase-timeout")).containsExactly(180.0, 204.0);
		assertThat(times("get")).containsExactly(181.0, 204.0);
	}

	@Test
	void rejectedExtensionIsSentAgainAfterOnePoll() {
		this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.status(500, "no"));
		pass(240);
		assertThat(times("increase-timeout")).containsExactly(180.0, 181.0);
		assertThat(times("get")).containsExactly(181.0);
	}

	@Test
	void failedPollIsRepeatedWithGrowingWaits() {
		this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.RESPONSE_LOST);
		this.fixture.operations.fail("get", SimulatedFailures.REFUSED, SimulatedFailures.REFUSED,
				SimulatedFailures.REFUSED);
		pass(240);
		assertThat(times("get")).containsExactly(181.0, 183.0, 187.0, 194.5);
		assertThat(times("increase-timeout")).hasSize(1);
		assertThat(this.fixture.types()).endsWith(EXTENSION_FAILED, EXTENDED);
	}

	@Test
	void whenTheServerShowsNoDeadlineItsExtensionsAreCounted() {
		omitDeadline();
		SessionLease lease = this.fixture.open();
		pass(800);
		assertThat(times("increase-timeout")).containsExactly(180.0, 480.0, 780.0);
		assertThat(times("get")).isEmpty();
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(20));
	}

	@Test
	void whenTheServerShowsNoDeadlineALostExtensionIsRepeatedLate() {
		omitDeadline();
		this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(285);
		assertThat(times("get")).containsExactly(181.0, 204.0, 206.0, 210.0, 217.5, 225.0, 232.5, 240.0, 247.5, 255.0,
				262.5, 270.0);
		assertThat(times("increase-timeout")).containsExactly(180.0, 270.0);
		assertThat(this.fixture.types()).startsWith(OPENED, READY, EXTENSION_FAILED)
			.endsWith(EXTENSION_FAILED, EXTENDED)
			.hasSize(14);
	}

	@Test
	void sessionThatIsClosedElsewhereIsLostOnceItHasEnded() throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofMinutes(2)));
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(180);
		this.fixture.server.cancel(lease.sessionId());
		pass(119);
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.types()).doesNotContain(LOST);
		pass(10);
		assertThat(this.fixture.types()).endsWith(LOST).doesNotContain(EXTENDED);
		assertThat(this.fixture.leases.active()).isEmpty();
		assertThat(this.fixture.time.scheduled()).isZero();
		assertThat(times("cancel")).isEmpty();
	}

	@Test
	void extensionThatWasRefusedIsNotLoggedAsCost(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		refuseAll();
		pass(180);
		lease.close();
		assertThat(output).contains("may cost money for another 100 s");
	}

	@Test
	void extensionOfUnknownOutcomeIsLoggedAsCostAndAwaited(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.RESPONSE_LOST);
		refuseAll();
		pass(180);
		lease.close();
		assertThat(output).contains("refused").contains("may cost money for another 400 s");
		pass(86400);
		List<Double> cancels = times("cancel");
		assertThat(cancels.get(cancels.size() - 1)).isBetween(86500.0, 86580.0);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void extensionThatWasFoundIsLoggedAsCostOnce(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.RESPONSE_LOST);
		pass(190);
		refuseAll();
		lease.close();
		assertThat(output).contains("may cost money for another 390 s");
	}

	@Test
	void lateExtensionIsLoggedAsCostThoughTheNextSucceeds(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(210);
		refuseAll();
		lease.close();
		assertThat(output).contains("may cost money for another 670 s");
	}

	@Test
	void lateExtensionIsLoggedAsCostThoughTheNextIsRefused(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST, SimulatedFailures.REFUSED);
		pass(204);
		refuseAll();
		lease.close();
		assertThat(output).contains("may cost money for another 376 s");
	}

	@Test
	void extensionsThatMayArriveLateAreLoggedAsOneCost(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST,
				SimulatedFailures.REQUEST_LOST);
		pass(204);
		refuseAll();
		lease.close();
		assertThat(output).contains("may cost money for another 676 s");
	}

	@Test
	void extensionThatHasNotArrivedIsNotLoggedAsCost(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", SimulatedFailures.REQUEST_LOST);
		pass(600);
		refuseAll();
		lease.close();
		assertThat(times("increase-timeout")).containsExactly(180.0, 204.0, 480.0);
		assertThat(output).contains("may cost money for another 280 s");
	}

	@Test
	void sessionIsCancelledOftenWithinTheBoundAndThenForADay(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		refuseAll();
		lease.close();
		assertThat(output).contains("may cost money for another 280 s");
		pass(86400);
		List<Double> cancels = times("cancel");
		assertThat(cancels).startsWith(0.0, 0.25, 0.75, 1.75, 3.75, 5.75)
			.containsSubsequence(17.75, 19.75, 21.75, 23.75, 27.75, 35.75, 51.75, 83.75, 143.75)
			.endsWith(86303.75, 86363.75);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void sessionIsCancelledWithinTheBoundThoughItsDeadlineHasPassed(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		refuseAll();
		pass(290);
		lease.close();
		assertThat(output).contains("may cost money for another 0 s");
		pass(3600);
		assertThat(times("cancel")).contains(299.75, 301.75, 307.75, 309.75, 311.75);
	}

	@Test
	void endAfterTheTimeoutIsReported(CapturedOutput output) throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(30)));
		SessionLease lease = this.fixture.open();
		lease.close();
		assertThat(output).contains("the last poll still found it")
			.doesNotContain("after CLOSE_UNCONFIRMED was reported");
		pass(30);
		assertThat(output)
			.contains("Session " + lease.sessionId() + " has ended, after CLOSE_UNCONFIRMED was reported");
		assertThat(this.fixture.types()).endsWith(CLOSE_UNCONFIRMED, CLOSED);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void endWithinTheTimeoutIsReportedOnce(CapturedOutput output) throws Exception {
		use(FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(10)));
		this.fixture.open().close();
		assertThat(output).doesNotContain("after CLOSE_UNCONFIRMED was reported")
			.doesNotContain("has not confirmed the end");
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void sessionThatStaysThoughItsCancelSucceedsIsReported(CapturedOutput output) {
		SessionLease lease = this.fixture.open();
		this.fixture.operations
			.failAll((operation) -> operation.equals("cancel") ? (name, call) -> true : SimulatedFailures.NONE);
		lease.close();
		assertThat(output).contains(
				"(the last poll still found it). The lease continues to cancel it, but it may cost money for another 280 s");
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
		assertThat(this.fixture.events.get(2).getFailure()).isNull();
	}

	@Test
	void leaseThatIsClosedWhileItIsExtendedLeavesNoTimer() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", (operation, call) -> {
			lease.close();
			return true;
		});
		pass(180);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSED);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void leaseThatIsClosedWhileItsExtensionFailsLeavesNoTimer() {
		SessionLease lease = this.fixture.open();
		this.fixture.operations.fail("increase-timeout", (operation, call) -> {
			lease.close();
			return SimulatedFailures.REFUSED.apply(operation, call);
		});
		pass(180);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSED);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void closedLeaseLeavesNoTimer() {
		SessionLease lease = this.fixture.open();
		assertThat(this.fixture.time.scheduled()).isOne();
		lease.close();
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void leaseThatIsNotExtendedAnyMoreHasNoTimerButThatOfItsEnd() {
		this.fixture.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(7)));
		pass(180);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENDED);
		assertThat(this.fixture.time.scheduled()).isOne();
	}

	@Test
	void closingIsBoundedThoughNoThreadIsFreeForIt() {
		BusyTime time = new BusyTime();
		SessionLease lease = open(time);
		time.busy = true;
		lease.close();
		assertThat(time.elapsed()).isEqualTo(Duration.ofSeconds(20));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
	}

	@Test
	void interruptedThreadIsBoundedThoughNoThreadIsFree() {
		BusyTime time = new BusyTime();
		SessionLease lease = open(time);
		IntStream.of(5, 12)
			.forEach((seconds) -> time.schedule(() -> Thread.currentThread().interrupt(), Duration.ofSeconds(seconds)));
		time.busy = true;
		lease.close();
		assertThat(Thread.interrupted()).isTrue();
		assertThat(time.elapsed()).isEqualTo(Duration.ofSeconds(20));
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, CLOSE_UNCONFIRMED);
	}

	private SessionLease open(VirtualTime time) {
		return SessionLeasesBuilder.with(this.fixture.operations)
			.eventListener(this.fixture.events::add)
			.build(time, new BackOff(() -> 1.0))
			.open(LeaseFixture.REQUEST);
	}

	/**
	 * Runs nothing that is scheduled while it is busy.
	 */
	private static final class BusyTime extends VirtualTime {

		private boolean busy;

		@Override
		public Timer schedule(Runnable runnable, Duration delay) {
			return this.busy ? () -> {
			} : super.schedule(runnable, delay);
		}

	}

}
