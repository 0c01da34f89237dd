package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.LeaseAction.Cancel;
import com.comfydeploy.lease.LeaseAction.Extend;
import com.comfydeploy.lease.LeaseAction.Poll;
import com.comfydeploy.lease.LeaseAction.Stop;
import com.comfydeploy.lease.LeaseAction.Wait;
import com.comfydeploy.lease.LeaseEvidence.CancelAccepted;
import com.comfydeploy.lease.LeaseEvidence.CancelFailed;
import com.comfydeploy.lease.LeaseEvidence.CancelRefused;
import com.comfydeploy.lease.LeaseEvidence.Extended;
import com.comfydeploy.lease.LeaseEvidence.ExtensionFailed;
import com.comfydeploy.lease.LeaseEvidence.Found;
import com.comfydeploy.lease.LeaseEvidence.Gone;
import com.comfydeploy.lease.LeaseEvidence.Outcome;
import com.comfydeploy.lease.LeaseEvidence.PollFailed;
import com.comfydeploy.lease.LeaseState.Phase;
import com.comfydeploy.lease.LeaseState.Transition;
import com.comfydeploy.lease.SessionLeaseEvent.Type;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSE_UNCONFIRMED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXPIRED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.LOST;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link LeaseState}: the conclusion from each response, and the next action.
 * There is no thread and no clock: a test passes the time.
 */
class LeaseStateTests {

	private static final Instant CREATED = Instant.parse("2026-11-26T00:00:00Z");

	private static final RuntimeException FAILURE = new IllegalStateException("failed");

	private static final BackOff BACK_OFF = new BackOff(() -> 1.0);

	private final List<Type> events = new ArrayList<>();

	private LeaseState state = created(ResolvedLeaseOptions.DEFAULTS, 0);

	private Duration now = Duration.ZERO;

	private static LeaseState created(ResolvedLeaseOptions options, double createTook) {
		return LeaseState.created(options, BACK_OFF, Duration.ofMinutes(5), seconds(createTook));
	}

	private static Duration seconds(double seconds) {
		return Duration.ofMillis((long) (seconds * 1000));
	}

	private void use(LeaseOptions.Builder options) {
		this.state = created(ResolvedLeaseOptions.DEFAULTS.with(options.build()), 0);
	}

	/** Apply the changes until a time, and return the action at this time. */
	private LeaseAction at(double seconds) {
		this.now = seconds(seconds);
		apply(this.state.at(this.now));
		return this.state.next(this.now);
	}

	private void on(LeaseEvidence evidence) {
		apply(this.state.on(evidence, this.now));
	}

	private void apply(Transition transition) {
		this.state = transition.state();
		transition.events().forEach((event) -> {
			this.events.add(event.type());
			if (event.type() == LOST) {
				assertThat(event.failure()).isInstanceOf(LeaseState.Lost.class);
			}
		});
	}

	private static Found found(double granted) {
		return new Found("https://url", CREATED, CREATED.plus(seconds(granted)), null);
	}

	private static Found starting(double granted) {
		return new Found(null, CREATED, CREATED.plus(seconds(granted)), null);
	}

	private static Found withoutDeadline(@Nullable String url) {
		return new Found(url, CREATED, null, null);
	}

	private static PollFailed pollFailed() {
		return new PollFailed(FAILURE, false);
	}

	private static ExtensionFailed failed(Outcome outcome) {
		return new ExtensionFailed(Duration.ofMinutes(5), FAILURE, outcome, Duration.ZERO);
	}

	private static CancelFailed cancelFailed(Outcome outcome) {
		return new CancelFailed(FAILURE, outcome);
	}

	private static Wait waiting(double seconds) {
		return new Wait(seconds(seconds));
	}

	private static Extend extending(int minutes) {
		return new Extend(Duration.ofMinutes(minutes));
	}

	/** Hold a session that was ready immediately. */
	private void hold() {
		assertThat(at(0)).isEqualTo(new Poll());
		on(found(300));
		assertThat(this.events).containsExactly(READY);
	}

	private void holdWithoutChecks() {
		use(LeaseOptions.builder().checkInterval(Duration.ofDays(1)));
		hold();
	}

	private void close() {
		apply(this.state.close(this.now));
	}

	@Test
	void whenPollIsGoneLeaseIsLost() {
		hold();
		assertThat(at(30)).isEqualTo(new Poll());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, LOST);
		assertThat(this.state.phase()).isEqualTo(Phase.ENDED);
		assertThat(this.state.isOpen(this.now)).isFalse();
		assertThat(this.state.isReleased()).isTrue();
		assertThat(this.state.hasCancelResponse()).isTrue();
		assertThat(at(31)).isEqualTo(new Stop());
	}

	@Test
	void whenPollIsGoneWhileStartingLeaseIsLost() {
		at(0);
		on(new Gone());
		assertThat(this.events).containsExactly(LOST);
		assertThat(at(1)).isEqualTo(new Stop());
		assertThat(this.state.url()).isNull();
	}

	@Test
	void whenPollIsGoneAfterCancelLeaseIsClosed() {
		hold();
		close();
		assertThat(this.state.isHeld()).isFalse();
		assertThat(at(0)).isEqualTo(new Cancel());
		assertThat(this.state.hasCancelResponse()).isFalse();
		on(new CancelAccepted());
		assertThat(this.state.hasCancelResponse()).isTrue();
		assertThat(this.state.isReleased()).isFalse();
		assertThat(at(0)).isEqualTo(new Poll());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSED);
		assertThat(this.state.isReleased()).isTrue();
	}

	@Test
	void whenPollFailsNothingChanges() {
		hold();
		assertThat(at(30)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(this.events).containsExactly(READY);
		assertThat(this.state.isOpen(this.now)).isTrue();
		assertThat(at(30)).isEqualTo(waiting(30));
		assertThat(at(60)).isEqualTo(new Poll());
		on(new PollFailed(FAILURE, true));
		assertThat(this.state.isOpen(this.now)).isTrue();
		assertThat(at(180)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(180)).isEqualTo(extending(5));
	}

	@Test
	void whenExtensionIsNotFoundPollDecides() {
		holdWithoutChecks();
		assertThat(at(180)).isEqualTo(extending(5));
		on(failed(Outcome.NOT_FOUND));
		assertThat(at(180)).isEqualTo(new Poll());
		on(found(300));
		assertThat(this.events).containsExactly(READY, EXTENSION_FAILED);
		assertThat(at(180)).isEqualTo(waiting(1));
		assertThat(at(181)).isEqualTo(extending(5));
		on(failed(Outcome.NOT_FOUND));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, EXTENSION_FAILED, EXTENSION_FAILED, LOST);
	}

	@Test
	void whenDeadlineIsNotReadableLeaseStaysOpenAndTriesToExtend() {
		hold();
		at(30);
		on(withoutDeadline("https://url"));
		assertThat(this.events).containsExactly(READY);
		assertThat(at(30)).isEqualTo(waiting(30));
		int tries = 0;
		for (int i = 31; i <= 299; i++) {
			tries += tryAt(i);
		}
		assertThat(tries).isGreaterThan(10);
		assertThat(this.events).contains(EXTENSION_FAILED).doesNotContain(LOST);
		for (int i = 300; i < 320; i++) {
			tryAt(i);
		}
		tries = 0;
		for (int i = 320; i < 920; i++) {
			assertThat(this.state.isOpen(seconds(i))).isTrue();
			tries += tryAt(i);
		}
		assertThat(tries).isEqualTo(10);
	}

	/** Meet each call at a moment as a server that has forgotten the deadline. */
	private int tryAt(int seconds) {
		int tries = 0;
		LeaseAction action = at(seconds);
		while (!(action instanceof Wait)) {
			if (action instanceof Extend) {
				tries++;
				on(failed(Outcome.NOT_FOUND));
			}
			else {
				assertThat(action).isEqualTo(new Poll());
				on(withoutDeadline("https://url"));
			}
			action = at(seconds);
		}
		return tries;
	}

	@Test
	void whenDeadlineIsEarlierThanAskedItIsBelieved() {
		at(0);
		on(starting(120.5));
		assertThat(this.state.deadline().left(seconds(20))).isEqualTo(seconds(100.5));
		assertThat(at(2)).isEqualTo(new Poll());
		on(starting(120.5));
		assertThat(at(2)).isEqualTo(extending(5));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(this.state.deadline().granted()).isEqualTo(seconds(420.5));
	}

	@Test
	void whenDeadlineIsEarlierOnALaterPollItIsBelieved() {
		hold();
		at(30);
		on(found(100));
		assertThat(at(30)).isEqualTo(extending(5));
	}

	@Test
	void whenDeadlineIsLaterByLessThanAMinuteOwnCountIsKept() {
		hold();
		at(30);
		on(found(359.9));
		assertThat(this.state.deadline().granted()).isEqualTo(seconds(300));
		assertThat(this.events).containsExactly(READY);
	}

	@Test
	void whenDeadlineIsLaterByMinutesItIsBelieved() {
		hold();
		at(30);
		on(found(360));
		assertThat(this.state.deadline().granted()).isEqualTo(seconds(360));
		assertThat(this.events).containsExactly(READY, EXTENDED);
	}

	@Test
	void whenCreationTimeIsUnknownDeadlinesAreCompared() {
		at(0);
		on(new Found("https://url", null, CREATED.plusSeconds(1000), null));
		at(30);
		on(new Found("https://url", null, CREATED.plusSeconds(940), null));
		assertThat(this.state.deadline().granted()).isEqualTo(seconds(240));
	}

	@Test
	void whenCancelIsAcceptedItIsSentAgainWhileTheSessionIsThere() {
		hold();
		close();
		List<Double> cancels = new ArrayList<>();
		for (int i = 0; i < 400 * 4; i++) {
			double seconds = i / 4.0;
			LeaseAction action = at(seconds);
			while (!(action instanceof Wait)) {
				if (action instanceof Cancel) {
					cancels.add(seconds);
					on(new CancelAccepted());
				}
				else {
					assertThat(action).isEqualTo(new Poll());
					on(withoutDeadline("https://url"));
				}
				action = at(seconds);
			}
		}
		assertThat(cancels).containsExactly(0.0, 2.0, 6.0, 14.0, 30.0, 62.0, 122.0, 182.0, 242.0, 302.0, 362.0);
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED, CLOSED);
	}

	@Test
	void whenFirstCancelIsNotFoundLeaseIsLost() {
		hold();
		close();
		at(0);
		on(cancelFailed(Outcome.NOT_FOUND));
		assertThat(at(0)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(0.25)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(0.25)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NOT_FOUND));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, LOST);
	}

	@Test
	void whenLaterCancelIsNotFoundLeaseIsClosed() {
		hold();
		close();
		at(0);
		on(cancelFailed(Outcome.NO_RESPONSE));
		assertThat(at(0)).isEqualTo(waiting(0.25));
		assertThat(at(0.25)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(0.25)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NOT_FOUND));
		assertThat(at(0.25)).isEqualTo(new Poll());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSED);
	}

	@Test
	void whenFirstCancelIsNotFoundButTheSessionIsThereItIsClosed() {
		hold();
		close();
		at(0);
		on(cancelFailed(Outcome.NOT_FOUND));
		on(found(300));
		assertThat(at(0)).isEqualTo(waiting(0.25));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSED);
	}

	@Test
	void whenTimeIsOverACancelThatFindsNothingClosesTheLease() {
		holdWithoutChecks();
		at(301);
		close();
		on(cancelFailed(Outcome.NOT_FOUND));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSED);
	}

	@Test
	void whenCancelIsNotFoundAfterTheBoundLeaseIsClosed() {
		hold();
		close();
		on(cancelFailed(Outcome.NOT_FOUND));
		at(20);
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED, CLOSED);
	}

	@Test
	void whenCancelIsRefusedAndRecordIsClosedItIsUnconfirmedForGood() {
		hold();
		close();
		on(new CancelRefused());
		assertThat(at(0)).isEqualTo(new Poll());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(24));
		assertThat(at(1)).isEqualTo(new Stop());
		assertThat(at(100)).isEqualTo(new Stop());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
	}

	@Test
	void whenCancelIsRefusedAfterTheBoundItIsReportedOnce() {
		hold();
		close();
		on(cancelFailed(Outcome.NOT_DONE));
		at(20);
		on(new CancelRefused());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
		assertThat(at(21)).isEqualTo(new Stop());
	}

	@Test
	void whenCancelIsRefusedButTheSessionIsThereItIsCancelledAgain() {
		hold();
		close();
		on(new CancelRefused());
		on(withoutDeadline("https://url"));
		assertThat(at(1.9)).isEqualTo(new Poll());
		on(withoutDeadline("https://url"));
		assertThat(at(2)).isEqualTo(new Poll());
		on(withoutDeadline("https://url"));
		assertThat(at(2)).isEqualTo(new Cancel());
		on(new CancelAccepted());
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSED);
	}

	/** Such a get may come from a copy of the records that is not up to date. */
	@Test
	void whenCancelIsRefusedALaterGetDoesNotConfirmTheEnd() {
		hold();
		close();
		on(new CancelRefused());
		on(withoutDeadline(null));
		at(2);
		on(withoutDeadline(null));
		assertThat(at(2)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NOT_FOUND));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
	}

	@Test
	void whenCreateWasSlowClosingWaitsForTheUrl() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 9);
		at(9);
		on(starting(300));
		close();
		assertThat(at(9)).isEqualTo(new Poll());
		on(starting(300));
		assertThat(at(9)).isEqualTo(waiting(0.25));
		assertThat(at(9.25)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(9.25)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NO_RESPONSE));
		on(new Gone());
		assertThat(this.events).containsExactly(CLOSED);
	}

	@Test
	void whenCreateWasSlowClosingWaitsNoLongerThanTheBoundAllows() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 9);
		at(10);
		close();
		for (int i = 10; i < 25; i++) {
			assertThat(at(i)).isInstanceOfAny(Poll.class, Wait.class);
			on(starting(300));
		}
		assertThat(at(24.5)).isEqualTo(waiting(0.5));
		assertThat(at(25)).isEqualTo(new Cancel());
		on(new CancelAccepted());
		on(new Gone());
		assertThat(this.events).containsExactly(CLOSED);
	}

	@Test
	void whenCreateWasSlowALostCancelMayLeaveTheContainer() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 9);
		at(10);
		close();
		assertThat(at(25)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NO_RESPONSE));
		on(new Gone());
		assertThat(this.events).containsExactly(CLOSE_UNCONFIRMED);
		assertThat(this.state.phase()).isEqualTo(Phase.ENDED);
	}

	@Test
	void whenCreateWasSlowAFailedCancelLeavesNothing() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 9);
		at(10);
		close();
		at(25);
		on(cancelFailed(Outcome.NOT_DONE));
		on(new Gone());
		assertThat(this.events).containsExactly(CLOSED);
	}

	@Test
	void whenCreateWasSlowWithAKnownUrlItIsCancelledImmediately() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 9);
		at(9);
		on(found(300));
		close();
		assertThat(at(9)).isEqualTo(new Cancel());
	}

	@Test
	void whenCreateWasFastItIsCancelledImmediately() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 8.9);
		at(9);
		on(starting(300));
		close();
		assertThat(at(9)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NO_RESPONSE));
		on(new Gone());
		assertThat(this.events).containsExactly(CLOSED);
	}

	@Test
	void whenNotConfirmedItIsTriedForADay() {
		hold();
		close();
		on(cancelFailed(Outcome.NOT_DONE));
		at(20);
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
		assertThat(this.state.isReleased()).isTrue();
		assertThat(at(86_399.9)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(86_399.9)).isEqualTo(new Cancel());
		on(cancelFailed(Outcome.NOT_DONE));
		assertThat(at(86_399.9)).isEqualTo(waiting(0.1));
		assertThat(at(86_400)).isEqualTo(new Stop());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
	}

	@Test
	void whenDynamicItIsTriedForSixHours() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS.withServerLimit(Duration.ofHours(6)), 0);
		close();
		at(20);
		on(new CancelAccepted());
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(6));
		assertThat(at(21_599)).isNotEqualTo(new Stop());
		assertThat(at(21_600)).isEqualTo(new Stop());
	}

	@Test
	void whenNobodyWaitsClosingContinues() {
		hold();
		close();
		apply(this.state.reportUnconfirmed());
		apply(this.state.reportUnconfirmed());
		assertThat(this.events).containsExactly(READY, CLOSE_UNCONFIRMED);
		assertThat(at(0)).isEqualTo(new Cancel());
	}

	@Test
	void whenHeldNothingIsReportedUnconfirmed() {
		hold();
		apply(this.state.reportUnconfirmed());
		assertThat(this.events).containsExactly(READY);
	}

	@Test
	void closingAgainChangesNothing() {
		hold();
		close();
		on(new CancelAccepted());
		LeaseState closing = this.state;
		close();
		assertThat(this.state).isSameAs(closing);
	}

	@Test
	void whenDeadlineIsKnownCostsEndWithIt() {
		hold();
		at(10);
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(290));
		close();
		on(cancelFailed(Outcome.NOT_DONE));
		assertThat(this.state.isDeadlineKnown()).isTrue();
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(290));
		assertThat(this.state.maxRemaining(seconds(301))).isZero();
	}

	@Test
	void whenCancelMayHaveArrivedCostsEndWithTheServersLimit() {
		hold();
		close();
		on(cancelFailed(Outcome.NO_RESPONSE));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(24));
		on(found(300));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(300));
		on(new CancelAccepted());
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(24));
		on(withoutDeadline("https://url"));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(24));
		on(new CancelRefused());
		assertThat(this.state.isDeadlineKnown()).isFalse();
	}

	@Test
	void whenDeadlineIsNotReadableCostsEndWithTheServersLimit() {
		hold();
		on(withoutDeadline("https://url"));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(Duration.ofHours(24));
		assertThat(this.state.isOpen(seconds(301))).isTrue();
		on(found(300));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(300));
		assertThat(this.state.isOpen(seconds(300))).isTrue();
		assertThat(this.state.isOpen(seconds(300.1))).isFalse();
	}

	@Test
	void heldSessionIsPolledEveryCheckInterval() {
		hold();
		assertThat(at(0)).isEqualTo(waiting(30));
		assertThat(at(29)).isEqualTo(waiting(1));
		assertThat(at(31)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(31)).isEqualTo(waiting(30));
		assertThat(at(179)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(179)).isEqualTo(waiting(1));
	}

	@Test
	void whenCheckIntervalIsZeroItIsPolledBeforeAnExtensionOnly() {
		use(LeaseOptions.builder().checkInterval(Duration.ZERO));
		hold();
		assertThat(at(1)).isEqualTo(waiting(179));
		assertThat(at(180)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(180)).isEqualTo(extending(5));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(at(180)).isEqualTo(waiting(300));
		assertThat(at(480)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(480)).isEqualTo(extending(5));
	}

	@Test
	void whenLifeIsOverItClosesItself() {
		use(LeaseOptions.builder().maxLifetime(Duration.ofSeconds(439)).checkInterval(Duration.ofDays(1)));
		hold();
		assertThat(at(180)).isEqualTo(extending(2));
		on(new Extended(Duration.ofMinutes(2)));
		assertThat(at(180)).isEqualTo(waiting(240));
		assertThat(at(419.9)).isEqualTo(waiting(0.1));
		assertThat(at(420)).isEqualTo(new Cancel());
		assertThat(this.events).containsExactly(READY, EXTENDED, EXPIRED);
		on(cancelFailed(Outcome.NOT_FOUND));
		on(new Gone());
		assertThat(this.events).containsExactly(READY, EXTENDED, EXPIRED, CLOSED);
	}

	@Test
	void whenNoWholeMinuteIsLeftItClosesItselfAtItsDeadline() {
		use(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(7)).checkInterval(Duration.ofDays(1)));
		at(0);
		on(found(270));
		assertThat(at(150)).isEqualTo(extending(2));
		on(new Extended(Duration.ofMinutes(2)));
		assertThat(at(150)).isEqualTo(waiting(240));
		assertThat(at(390)).isEqualTo(new Cancel());
		assertThat(this.events).containsExactly(READY, EXTENDED, EXPIRED);
	}

	@Test
	void whenLifeIsShorterThanAMinuteItClosesItself() {
		use(LeaseOptions.builder().maxLifetime(Duration.ofSeconds(20)));
		hold();
		assertThat(at(19)).isEqualTo(waiting(1));
		assertThat(at(20)).isEqualTo(new Cancel());
		assertThat(this.state.options().initialTimeout(null)).isEqualTo(Duration.ofMinutes(1));
	}

	@Test
	void initialTimeoutIsTheRequestsOwnElseAnExtension() {
		ResolvedLeaseOptions options = ResolvedLeaseOptions.DEFAULTS;
		assertThat(options.initialTimeout(null)).isEqualTo(Duration.ofMinutes(5));
		assertThat(options.initialTimeout(Duration.ofMinutes(60))).isEqualTo(Duration.ofMinutes(60));
		assertThatIllegalArgumentException().isThrownBy(() -> options.initialTimeout(Duration.ofMinutes(61)))
			.withMessageContaining("1h1m");
		assertThat(
				options.with(LeaseOptions.builder().maxLifetime(Duration.ofSeconds(200)).build()).initialTimeout(null))
			.isEqualTo(Duration.ofMinutes(3));
	}

	@Test
	void optionsOfALeaseReplaceThoseConfigured() {
		ResolvedLeaseOptions configured = ResolvedLeaseOptions.DEFAULTS.withPollInterval(seconds(7))
			.withCloseTimeout(seconds(8))
			.withServerLimit(seconds(9));
		assertThat(configured.with(LeaseOptions.builder().build())).isEqualTo(configured);
		assertThat(configured.with(LeaseOptions.builder()
			.extension(Duration.ofMinutes(3))
			.renewBefore(seconds(2))
			.maxLifetime(seconds(3))
			.readyTimeout(seconds(4))
			.checkInterval(seconds(5))
			.build()))
			.isEqualTo(new ResolvedLeaseOptions(Duration.ofMinutes(3), seconds(2), seconds(3), seconds(4), seconds(5),
					seconds(7), seconds(8), seconds(9)));
	}

	@Test
	void whenStartingItIsPolledUntilReady() {
		assertThat(at(0)).isEqualTo(new Poll());
		on(starting(300));
		assertThat(at(0)).isEqualTo(waiting(2));
		assertThat(at(2)).isEqualTo(new Poll());
		on(found(300));
		assertThat(this.state.url()).isEqualTo("https://url");
		assertThat(this.state.phase()).isEqualTo(Phase.HELD);
		at(30);
		on(starting(300));
		assertThat(this.state.url()).isEqualTo("https://url");
		assertThat(this.events).containsExactly(READY);
	}

	@Test
	void whenNotReadyInTimeItIsClosedAfterALastPoll() {
		use(LeaseOptions.builder().readyTimeout(Duration.ofSeconds(3)));
		at(0);
		on(starting(300));
		at(2);
		on(starting(300));
		assertThat(at(2)).isEqualTo(waiting(1));
		assertThat(at(3)).isEqualTo(new Poll());
		on(starting(300));
		assertThat(this.state.failure()).isInstanceOf(LeaseState.NotReady.class).hasNoCause();
		assertThat(at(3)).isEqualTo(new Cancel());
	}

	@Test
	void whenLastPollFailsItIsNotReady() {
		use(LeaseOptions.builder().readyTimeout(Duration.ofSeconds(3)));
		at(0);
		on(pollFailed());
		assertThat(this.state.failure()).isNull();
		at(3);
		on(pollFailed());
		assertThat(this.state.failure()).isInstanceOf(LeaseState.NotReady.class).hasCause(FAILURE);
	}

	@Test
	void whenLastPollFindsItReadyItIsHeld() {
		use(LeaseOptions.builder().readyTimeout(Duration.ofSeconds(3)));
		at(3);
		on(found(300));
		assertThat(this.state.phase()).isEqualTo(Phase.HELD);
	}

	@Test
	void readyTimeoutCountsFromTheResponseToTheCreate() {
		this.state = created(ResolvedLeaseOptions.DEFAULTS, 7);
		assertThat(this.state.readyBy()).isEqualTo(seconds(607));
	}

	@Test
	void whenPollsFailForAMinuteWhileStartingItIsClosed() {
		at(0);
		on(starting(300));
		for (int i = 2; i < 62; i += 2) {
			assertThat(at(i)).isEqualTo(new Poll());
			on(pollFailed());
		}
		assertThat(this.state.phase()).isEqualTo(Phase.STARTING);
		assertThat(at(62)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(this.state.phase()).isEqualTo(Phase.CLOSING);
		assertThat(this.state.failure()).isSameAs(FAILURE);
		assertThat(this.events).isEmpty();
	}

	@Test
	void whenAPollSucceedsFailuresAreForgiven() {
		at(0);
		on(pollFailed());
		at(59);
		on(starting(300));
		at(61);
		on(pollFailed());
		assertThat(this.state.phase()).isEqualTo(Phase.STARTING);
	}

	@Test
	void whenPollIsRejectedWhileStartingItIsClosed() {
		at(0);
		on(new PollFailed(FAILURE, true));
		assertThat(this.state.failure()).isSameAs(FAILURE);
		assertThat(at(0)).isEqualTo(new Cancel());
	}

	@Test
	void whenExtensionIsDoneItIsDueAgainFiveMinutesLater() {
		holdWithoutChecks();
		assertThat(at(179)).isEqualTo(waiting(1));
		assertThat(at(180)).isEqualTo(extending(5));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(this.events).containsExactly(READY, EXTENDED);
		assertThat(at(180)).isEqualTo(waiting(300));
	}

	@Test
	void whenExtensionIsRejectedItIsSentAgainWithoutAPoll() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.NOT_DONE));
		assertThat(at(180)).isEqualTo(waiting(1));
		assertThat(at(181)).isEqualTo(extending(5));
		on(failed(Outcome.NOT_DONE));
		assertThat(at(181)).isEqualTo(waiting(2));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(119));
		at(183);
		on(new Extended(Duration.ofMinutes(5)));
		at(480);
		on(failed(Outcome.NOT_DONE));
		assertThat(at(480)).isEqualTo(waiting(1));
	}

	@Test
	void whenServerAsksToWaitAQuarterOfTheTimeLeftIsWaited() {
		holdWithoutChecks();
		at(180);
		on(new ExtensionFailed(Duration.ofMinutes(5), FAILURE, Outcome.NOT_DONE, seconds(20)));
		assertThat(at(180)).isEqualTo(waiting(20));
		at(200);
		on(new ExtensionFailed(Duration.ofMinutes(5), FAILURE, Outcome.NOT_DONE, seconds(60)));
		assertThat(at(200)).isEqualTo(waiting(25));
	}

	@Test
	void whenExtensionHasNoResponseItIsSearchedForAndAwaited() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.NO_RESPONSE));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(420));
		assertThat(at(181)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(181)).isEqualTo(waiting(23));
		assertThat(at(204)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(204)).isEqualTo(extending(5));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(696));
		assertThat(at(480)).isEqualTo(new Poll());
		on(found(600));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(120));
		assertThat(at(480)).isEqualTo(extending(5));
	}

	@Test
	void whenLostExtensionIsFoundItCounts() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.NO_RESPONSE));
		at(181);
		on(found(600));
		assertThat(this.events).containsExactly(READY, EXTENSION_FAILED, EXTENDED);
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(419));
		assertThat(at(181)).isEqualTo(waiting(299));
	}

	@Test
	void whenLostExtensionArrivesLateItReplacesTheNext() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.NO_RESPONSE));
		at(204);
		on(found(300));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(at(480)).isEqualTo(new Poll());
		on(found(900));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(420));
		assertThat(at(480)).isEqualTo(waiting(300));
		assertThat(at(780)).isEqualTo(extending(5));
	}

	@Test
	void whenServerFailedItselfOnePollIsEnough() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.UNKNOWN));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(420));
		assertThat(at(181)).isEqualTo(new Poll());
		on(found(300));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(119));
		assertThat(at(181)).isEqualTo(extending(5));
	}

	@Test
	void whenOutcomeIsUnknownAndPollFailsItIsPolledAgain() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.UNKNOWN));
		at(181);
		on(pollFailed());
		assertThat(at(181)).isEqualTo(waiting(2));
		assertThat(this.events).containsExactly(READY, EXTENSION_FAILED, EXTENSION_FAILED);
		assertThat(at(183)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(183)).isEqualTo(waiting(4));
		assertThat(at(299)).isEqualTo(new Poll());
		on(pollFailed());
		assertThat(at(299)).isEqualTo(waiting(7.5));
	}

	@Test
	void whenOutcomeAndDeadlineAreUnknownItIsSentAgainLate() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.UNKNOWN));
		at(181);
		on(withoutDeadline("https://url"));
		assertThat(at(181)).isEqualTo(waiting(2));
		assertThat(this.events).containsExactly(READY, EXTENSION_FAILED, EXTENSION_FAILED);
		assertThat(at(269.9)).isEqualTo(new Poll());
		on(withoutDeadline("https://url"));
		assertThat(at(269.9)).isEqualTo(waiting(4));
		assertThat(at(273.9)).isEqualTo(new Poll());
		on(withoutDeadline("https://url"));
		assertThat(at(273.9)).isEqualTo(extending(5));
	}

	@Test
	void whenALateExtensionMayArriveUnreadableItIsSentAgainLate() {
		holdWithoutChecks();
		at(180);
		on(failed(Outcome.NO_RESPONSE));
		at(204);
		on(found(300));
		on(new Extended(Duration.ofMinutes(5)));
		at(480);
		on(withoutDeadline("https://url"));
		assertThat(at(480)).isEqualTo(waiting(1));
		assertThat(at(570)).isEqualTo(new Poll());
		on(withoutDeadline("https://url"));
		assertThat(at(570)).isEqualTo(extending(5));
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(this.state.deadline().pendingExtension()).isEqualTo(Duration.ofMinutes(5));
	}

	@Test
	void whenAnExtensionIsFoundLateTheNextIsSentImmediately() {
		hold();
		at(301);
		on(found(300));
		assertThat(at(301)).isEqualTo(extending(5));
		on(failed(Outcome.NOT_DONE));
		assertThat(at(331)).isEqualTo(new Poll());
		on(found(360));
		assertThat(at(331)).isEqualTo(extending(5));
	}

	@Test
	void whenTimeIsOverItIsTriedEveryMinute() {
		holdWithoutChecks();
		at(300.1);
		on(new ExtensionFailed(Duration.ofMinutes(5), FAILURE, Outcome.NO_RESPONSE, seconds(600)));
		assertThat(at(300.1)).isEqualTo(waiting(60));
		assertThat(at(360.1)).isEqualTo(new Poll());
		on(found(300));
		assertThat(at(360.1)).isEqualTo(extending(5));
	}

	@Test
	void whenExtensionEndsDuringTheClosingItIsNoEvent() {
		hold();
		close();
		on(new Extended(Duration.ofMinutes(5)));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(600));
		on(failed(Outcome.NO_RESPONSE));
		assertThat(this.state.maxRemaining(this.now)).isEqualTo(seconds(900));
		assertThat(this.events).containsExactly(READY);
	}

	@Test
	void whenCancelsFailTheyAreRepeatedWithGrowingWaits() {
		hold();
		close();
		List<Double> cancels = new ArrayList<>();
		for (int i = 0; i < 240 * 4; i++) {
			LeaseAction action = at(i / 4.0);
			while (!(action instanceof Wait)) {
				if (action instanceof Cancel) {
					cancels.add(i / 4.0);
					on(cancelFailed(Outcome.NOT_DONE));
				}
				else {
					on(pollFailed());
				}
				action = at(i / 4.0);
			}
		}
		assertThat(cancels).startsWith(0.0, 0.25, 0.75, 1.75, 3.75, 5.75)
			.endsWith(19.75, 21.75, 23.75, 27.75, 35.75, 51.75, 83.75, 143.75, 203.75);
	}

	@Test
	void whenPollsFailDuringTheClosingTheyAreRepeatedWithGrowingWaits() {
		hold();
		close();
		on(new CancelAccepted());
		on(pollFailed());
		assertThat(this.state.closing().failure()).isSameAs(FAILURE);
		assertThat(at(0)).isEqualTo(waiting(0.25));
		at(0.25);
		on(pollFailed());
		assertThat(at(0.25)).isEqualTo(waiting(0.5));
		on(withoutDeadline(null));
		assertThat(this.state.closing().failure()).isNull();
		assertThat(at(0.25)).isEqualTo(waiting(1));
	}

	@Test
	void waitsAreAtLeastHalfOfTheirBounds() {
		this.state = LeaseState.created(ResolvedLeaseOptions.DEFAULTS, new BackOff(() -> 0), Duration.ofMinutes(5),
				Duration.ZERO);
		hold();
		close();
		on(new CancelAccepted());
		on(pollFailed());
		assertThat(at(0)).isEqualTo(waiting(0.125));
		at(0.125);
		on(pollFailed());
		assertThat(at(0.125)).isEqualTo(waiting(0.25));
	}

	@Test
	void evidenceThatDoesNotFitThePhaseIsIgnored() {
		hold();
		LeaseState held = this.state;
		on(new CancelAccepted());
		assertThat(this.state).isSameAs(held);
		assertThat(this.state.hasCancelResponse()).isFalse();
	}

}
