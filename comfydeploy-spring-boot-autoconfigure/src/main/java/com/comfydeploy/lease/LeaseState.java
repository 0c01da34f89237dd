package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.LeaseEvidence.CancelAccepted;
import com.comfydeploy.lease.LeaseEvidence.CancelFailed;
import com.comfydeploy.lease.LeaseEvidence.CancelRefused;
import com.comfydeploy.lease.LeaseEvidence.Extended;
import com.comfydeploy.lease.LeaseEvidence.ExtensionFailed;
import com.comfydeploy.lease.LeaseEvidence.Found;
import com.comfydeploy.lease.LeaseEvidence.Gone;
import com.comfydeploy.lease.LeaseEvidence.PollFailed;
import com.comfydeploy.lease.LeaseEvidence.TakenOver;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.session.Session;

/**
 * The state of one lease: the facts that responses have proven about its session. It
 * decides the next step of the lease. Immutable, without a clock or a thread: all times
 * are counted from just before the create was sent.
 *
 * @param backOff the waits between tries
 * @param readyBy time until which the session must be ready
 * @param containerKnown whether the server knows the session's container, without which a
 * cancel loses it
 * @param url the URL of ComfyUI, or {@code null} while the session starts
 * @param holding what is known of the deadline, and when to poll and extend
 * @param closing what is known of the closing, or {@code null} while the lease is held
 * @param closeBy time until which the end must be confirmed
 * @param tryUntil time until which to keep trying after that
 * @param failure why the session was not ready, or {@code null}
 */
record LeaseState(ResolvedLeaseOptions options, BackOff backOff, Duration readyBy, boolean containerKnown, Phase phase,
		@Nullable String url, LeaseHolding holding, @Nullable LeaseClosing closing, Duration closeBy, Duration tryUntil,
		@Nullable Throwable failure) {

	/**
	 * Duration of a create from which on the response may arrive before the container
	 * exists.
	 */
	static final Duration SLOW_CREATE = Duration.ofSeconds(9);

	/** For how long failed polls are tolerated while a session starts. */
	private static final Duration TOLERANCE = Duration.ofMinutes(1);

	/**
	 * Create the state of a session that has just been created.
	 * @param granted the requested timeout
	 * @param createTook how long the create took
	 */
	static LeaseState created(ResolvedLeaseOptions options, BackOff backOff, Duration granted, Duration createTook) {
		return new LeaseState(options, backOff, createTook.plus(options.readyTimeout()),
				createTook.compareTo(SLOW_CREATE) < 0, Phase.STARTING, null,
				LeaseHolding.of(options, LeaseDeadline.of(granted, null)), null, Duration.ZERO, Duration.ZERO, null);
	}

	/**
	 * Create the state of a session that existed before the lease. Its remaining time is
	 * not known, because two clocks are never compared. Therefore it is extended first.
	 * @param session the session as it is now
	 */
	static LeaseState adopted(ResolvedLeaseOptions options, BackOff backOff, Session session) {
		return new LeaseState(options, backOff, options.readyTimeout(), session.isReady(), Phase.STARTING, null,
				LeaseHolding.of(options, LeaseDeadline.of(Duration.ZERO, session.timeoutEnd())), null, Duration.ZERO,
				Duration.ZERO, null);
	}

	/**
	 * Create the state of a lease that is taken over.
	 * @param granted the time that the lease was granted, counted from when it was opened
	 * @param age how long ago that was
	 * @param adopted whether the session is older than the lease: then nothing is known
	 * of the time that is left
	 * @param containerKnown whether the server is certain to know the container
	 */
	static LeaseState recovered(ResolvedLeaseOptions options, BackOff backOff, Duration granted, Duration age,
			boolean adopted, boolean containerKnown) {
		return new LeaseState(options, backOff, age.plus(options.readyTimeout()), containerKnown, Phase.STARTING, null,
				LeaseHolding.of(options, LeaseDeadline.of(adopted ? age : granted, null)), null, Duration.ZERO,
				Duration.ZERO, null);
	}

	boolean isHeld() {
		return this.phase == Phase.STARTING || this.phase == Phase.HELD;
	}

	/**
	 * Return whether the session can be used: it is held, and its deadline has not passed
	 * or is not readable.
	 */
	boolean isOpen(Duration now) {
		return isHeld() && (!deadline().left(now).isNegative() || !deadline().readable());
	}

	/**
	 * Return whether callers of close no longer wait.
	 */
	boolean isReleased() {
		return this.phase == Phase.UNCONFIRMED || this.phase == Phase.ENDED;
	}

	/**
	 * Return whether a cancel has got a response, or is not needed.
	 */
	boolean hasCancelResponse() {
		return this.phase == Phase.ENDED || (this.closing != null && this.closing.cancels() > 0);
	}

	LeaseDeadline deadline() {
		return this.holding.deadline();
	}

	/**
	 * Return the maximum time for which the session may still cost money: until its
	 * deadline if the deadline is known, otherwise until the server's own limit.
	 */
	Duration maxRemaining(Duration now) {
		return isDeadlineKnown() ? Durations.max(Duration.ZERO, deadline().maxRemaining(now))
				: this.options.serverLimit();
	}

	/**
	 * Return whether the server has a deadline for the session, as far as is known.
	 */
	boolean isDeadlineKnown() {
		return deadline().readable() && (this.closing == null || !this.closing.deadlineForgotten());
	}

	/**
	 * Decide what to do. The state must be {@linkplain #at(Duration) that of now}.
	 */
	LeaseAction next(Duration now) {
		LeaseClosing closing = this.closing;
		if (this.phase == Phase.ENDED) {
			return new LeaseAction.Stop();
		}
		return (closing != null) ? closing.next(now, isReleased() ? this.tryUntil : this.closeBy)
				: this.holding.next(now);
	}

	/**
	 * Apply the changes that the passing of time causes.
	 */
	Transition at(Duration now) {
		if (isHeld() && now.compareTo(this.holding.expiresAt()) >= 0) {
			return Transition.to(closing(false, now, this.options.closeTimeout(), null), new Event(Type.EXPIRED, null));
		}
		if (this.phase == Phase.CLOSING && now.compareTo(this.closeBy) >= 0) {
			return reportUnconfirmed();
		}
		if (this.phase == Phase.UNCONFIRMED && now.compareTo(this.tryUntil) >= 0) {
			return Transition.to(in(Phase.ENDED));
		}
		return Transition.to(this);
	}

	/**
	 * Begin to close the session, unless it is being closed.
	 */
	Transition close(Duration now) {
		return close(now, this.options.closeTimeout());
	}

	/**
	 * Begin to close the session within a time limit, unless it is being closed.
	 */
	Transition close(Duration now, Duration bound) {
		return Transition.to(isHeld() ? closing(isOpen(now), now, bound, null) : this);
	}

	/**
	 * Try once more, immediately, to end a session whose end is not confirmed.
	 */
	Transition again(Duration now) {
		LeaseClosing closing = this.closing;
		return Transition
			.to((this.phase == Phase.UNCONFIRMED && closing != null) ? in(this.phase, closing.again(now)) : this);
	}

	/**
	 * Report that the end of the session is not confirmed, and stop waiting for it.
	 */
	Transition reportUnconfirmed() {
		LeaseClosing closing = this.closing;
		if (this.phase != Phase.CLOSING || closing == null) {
			return Transition.to(this);
		}
		return Transition.to(in(Phase.UNCONFIRMED, closing.unconfirmed()),
				new Event(Type.CLOSE_UNCONFIRMED, closing.failure()));
	}

	/**
	 * Record what a response proves.
	 */
	Transition on(LeaseEvidence evidence, Duration now) {
		if (this.phase == Phase.ENDED) {
			return Transition.to(this);
		}
		if (evidence instanceof Gone) {
			return gone();
		}
		if (evidence instanceof TakenOver) {
			return takenOver();
		}
		if (evidence instanceof Extended extended) {
			return extended(extended, now);
		}
		if (evidence instanceof ExtensionFailed failed) {
			return extensionFailed(failed, now);
		}
		return (this.closing != null) ? Transition.to(whileClosing(this.closing, evidence, now))
				: whileHeld(evidence, now);
	}

	private Transition whileHeld(LeaseEvidence evidence, Duration now) {
		if (evidence instanceof Found found) {
			return found(found, now);
		}
		if (evidence instanceof PollFailed failed) {
			return pollFailed(failed, now);
		}
		return Transition.to(this);
	}

	private Transition found(Found found, Duration now) {
		boolean ready = this.phase == Phase.STARTING && found.url() != null;
		boolean starting = this.phase == Phase.STARTING && !ready;
		LeaseHolding holding = this.holding.found(found, now, nextPoll(now, starting), this.backOff);
		List<Event> events = new ArrayList<>();
		if (holding.deadline().granted().compareTo(deadline().granted()) > 0) {
			events.add(new Event(Type.EXTENDED, null));
		}
		else if (holding.failures() > this.holding.failures()) {
			events.add(new Event(Type.EXTENSION_FAILED, null));
		}
		if (ready) {
			events.add(new Event(Type.READY, null));
		}
		LeaseState state = new LeaseState(this.options, this.backOff, this.readyBy, this.containerKnown || ready,
				starting ? Phase.STARTING : Phase.HELD, ready ? found.url() : this.url, holding, null, this.closeBy,
				this.tryUntil, null);
		return new Transition((starting && now.compareTo(this.readyBy) >= 0)
				? state.closing(true, now, this.options.closeTimeout(), new NotReady(null)) : state, events);
	}

	/**
	 * Record a failed poll. If an extension needed this poll, it counts as a failed
	 * extension.
	 */
	private Transition pollFailed(PollFailed failed, Duration now) {
		boolean starting = this.phase == Phase.STARTING;
		LeaseHolding holding = this.holding.pollFailed(now, nextPoll(now, starting), this.backOff);
		LeaseState state = in(this.phase, holding);
		if (starting && (failed.permanent() || isIntolerable(holding, now))) {
			state = state.closing(true, now, this.options.closeTimeout(), failed.failure());
		}
		else if (starting && now.compareTo(this.readyBy) >= 0) {
			state = state.closing(true, now, this.options.closeTimeout(), new NotReady(failed.failure()));
		}
		return (holding.failures() > this.holding.failures())
				? Transition.to(state, new Event(Type.EXTENSION_FAILED, failed.failure())) : Transition.to(state);
	}

	private static boolean isIntolerable(LeaseHolding holding, Duration now) {
		Duration failingSince = holding.failingSince();
		return failingSince != null && now.compareTo(failingSince.plus(TOLERANCE)) >= 0;
	}

	private Duration nextPoll(Duration now, boolean starting) {
		if (starting) {
			return Durations.min(now.plus(this.options.pollInterval()), Durations.max(now, this.readyBy));
		}
		return this.options.checkInterval().isZero() ? ResolvedLeaseOptions.FOR_EVER
				: now.plus(this.options.checkInterval());
	}

	private Transition extended(Extended extended, Duration now) {
		LeaseState state = in(this.phase, this.holding.extended(extended.by(), now));
		return isHeld() ? Transition.to(state, new Event(Type.EXTENDED, null)) : Transition.to(state);
	}

	private Transition extensionFailed(ExtensionFailed failed, Duration now) {
		LeaseState state = in(this.phase, this.holding.extensionFailed(failed, now, this.backOff));
		return isHeld() ? Transition.to(state, new Event(Type.EXTENSION_FAILED, failed.failure()))
				: Transition.to(state);
	}

	private LeaseState whileClosing(LeaseClosing closing, LeaseEvidence evidence, Duration now) {
		boolean unconfirmed = this.phase == Phase.UNCONFIRMED;
		if (evidence instanceof Found found) {
			LeaseHolding holding = this.holding.found(found, now, now, this.backOff);
			return in(this.phase, holding).in(this.phase, closing.found(found, now, unconfirmed, this.backOff));
		}
		if (evidence instanceof PollFailed failed) {
			return in(this.phase, closing.pollFailed(failed.failure(), now, unconfirmed, this.backOff));
		}
		if (evidence instanceof CancelAccepted) {
			return in(this.phase, closing.cancelAccepted(now));
		}
		if (evidence instanceof CancelRefused) {
			return in(this.phase, closing.cancelRefused(now));
		}
		if (evidence instanceof CancelFailed failed) {
			return in(this.phase, closing.cancelFailed(failed, now, unconfirmed, this.backOff));
		}
		return this;
	}

	/**
	 * Record that the session's record is closed. The session has ended, unless its
	 * container may still run.
	 */
	private Transition gone() {
		LeaseClosing closing = this.closing;
		LeaseState ended = in(Phase.ENDED);
		if (closing == null) {
			return Transition.to(ended, lost("the API no longer has it, although its lease was not closed"));
		}
		boolean reported = this.phase == Phase.UNCONFIRMED;
		if (closing.mayRunOn()) {
			return reported ? Transition.to(ended)
					: Transition.to(ended, new Event(Type.CLOSE_UNCONFIRMED, closing.failure()));
		}
		return Transition.to(ended, (closing.isLost() && !reported) ? lost("it had ended before its lease was closed")
				: new Event(Type.CLOSED, null));
	}

	/**
	 * Record that another JVM has taken the lease over.
	 */
	private Transition takenOver() {
		LeaseState ended = in(Phase.ENDED);
		return (this.phase == Phase.UNCONFIRMED) ? Transition.to(ended)
				: Transition.to(ended, lost("another instance has taken over its lease"));
	}

	private static Event lost(String reason) {
		return new Event(Type.LOST, new Lost(reason));
	}

	/**
	 * Return whether the session is certain to have ended.
	 */
	boolean isEndCertain() {
		return this.phase == Phase.ENDED && (this.closing == null || !this.closing.mayRunOn());
	}

	/**
	 * Return whether the session had ended before this lease cancelled it.
	 */
	boolean hadEndedBefore() {
		return this.phase == Phase.ENDED && (this.closing == null || this.closing.hadEndedBefore());
	}

	private LeaseState closing(boolean open, Duration now, Duration bound, @Nullable Throwable failure) {
		Duration cancelAt = this.containerKnown ? null : now.plus(bound.multipliedBy(3).dividedBy(4));
		return new LeaseState(this.options, this.backOff, this.readyBy, this.containerKnown, Phase.CLOSING, this.url,
				this.holding, LeaseClosing.of(open, now, cancelAt), now.plus(bound),
				now.plus(this.options.serverLimit()), failure);
	}

	private LeaseState in(Phase phase) {
		return new LeaseState(this.options, this.backOff, this.readyBy, this.containerKnown, phase, this.url,
				this.holding, this.closing, this.closeBy, this.tryUntil, this.failure);
	}

	private LeaseState in(Phase phase, LeaseHolding holding) {
		return new LeaseState(this.options, this.backOff, this.readyBy, this.containerKnown, phase, this.url, holding,
				this.closing, this.closeBy, this.tryUntil, this.failure);
	}

	private LeaseState in(Phase phase, LeaseClosing closing) {
		return new LeaseState(this.options, this.backOff, this.readyBy, this.containerKnown, phase, this.url,
				this.holding, closing, this.closeBy, this.tryUntil, this.failure);
	}

	/**
	 * Phase of a lease.
	 */
	enum Phase {

		/** The session is not ready yet. */
		STARTING,

		/** The session is ready. */
		HELD,

		/** The session is being cancelled, and the lease waits for its end. */
		CLOSING,

		/** The end is not confirmed in time, and nobody waits for it any more. */
		UNCONFIRMED,

		/** The lease makes no more calls. */
		ENDED

	}

	/**
	 * A new state with its events. A change of state can therefore not happen without its
	 * event.
	 */
	record Transition(LeaseState state, List<Event> events) {

		private static Transition to(LeaseState state, Event... events) {
			return new Transition(state, List.of(events));
		}

	}

	/**
	 * An event to publish.
	 */
	record Event(Type type, @Nullable Throwable failure) {

	}

	/**
	 * Marks a session that was not ready in time.
	 */
	static final class NotReady extends RuntimeException {

		NotReady(@Nullable Throwable lastFailure) {
			super(null, lastFailure, false, false);
		}

	}

	/**
	 * Contains the reason why the session was lost.
	 */
	static final class Lost extends RuntimeException {

		Lost(String reason) {
			super(reason, null, false, false);
		}

	}

}
