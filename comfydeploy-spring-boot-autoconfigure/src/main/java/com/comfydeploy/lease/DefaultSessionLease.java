package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.LeaseState.Phase;
import com.comfydeploy.lease.LeaseState.Transition;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.session.Gpu;

/**
 * Executes one lease: makes the calls that its {@link LeaseState} decides on, at the
 * decided times, and passes the responses back to the state. State changes happen under
 * the lock; calls and listeners never do. There is one timer, and one call at a time.
 * Closing does not wait for a call in progress.
 */
final class DefaultSessionLease implements SessionLease {

	private static final Log logger = LogFactory.getLog(SessionLease.class);

	/** Maximum time for which a caller waits for the listeners of earlier events. */
	private static final Duration PUBLISH_TIMEOUT = Duration.ofSeconds(1);

	private static final Duration LOG_TIMEOUT = Duration.ofSeconds(2);

	private static final Duration AFTER_ERROR = Duration.ofSeconds(1);

	private static final int MAX_RESERVATIONS = 3;

	private static final int MAX_LOG_LENGTH = 750;

	private final String sessionId;

	private final ResolvedLeaseOptions options;

	private final LeaseOperations operations;

	private volatile LeaseRecord record;

	private final LeaseScheduler scheduler;

	private final long start;

	private final LeaseEvents events;

	private final LeaseContext context;

	private final @Nullable String owner;

	private final Instant openedAt;

	private final CompletableFuture<Void> started = new CompletableFuture<>();

	private final CompletableFuture<Void> cancelResponded = new CompletableFuture<>();

	private final CompletableFuture<Void> released = new CompletableFuture<>();

	private final CompletableFuture<Void> ended = new CompletableFuture<>();

	private final Object lock = new Object();

	private LeaseState state;

	private @Nullable Gpu gpu;

	private @Nullable SessionLostException lost;

	private int run;

	private boolean endRecorded;

	private @Nullable CompletableFuture<Void> lastTry;

	private boolean triedAgain;

	private LeaseScheduler.@Nullable Timer timer;

	/**
	 * Create a lease of a session that has just been created.
	 * @param start when the create was sent, by the scheduler's monotonic clock
	 * @param gpu the requested GPU, or {@code null} to use that of the session
	 * @param record the record of the lease in the store
	 * @param context the context of the lease's threads
	 * @param owner the owner that the application has set, or {@code null}
	 * @param first the first event
	 */
	DefaultSessionLease(String sessionId, @Nullable Gpu gpu, LeaseState state, LeaseOperations operations,
			LeaseRecord record, LeaseScheduler scheduler, long start, LeaseContext context, @Nullable String owner,
			List<Consumer<SessionLeaseEvent>> listeners, SessionLeaseEvent.Type first) {
		this.sessionId = sessionId;
		this.gpu = gpu;
		this.options = state.options();
		this.state = state;
		this.operations = operations;
		this.record = record;
		this.scheduler = scheduler;
		this.start = start;
		this.context = context;
		this.owner = owner;
		this.openedAt = scheduler.now().minusNanos(scheduler.nanoTime() - start);
		this.events = new LeaseEvents(listeners);
		this.events.add(event(first, null));
	}

	@Override
	public String sessionId() {
		return this.sessionId;
	}

	@Override
	public String url() {
		String url = state().url();
		Assert.state(url != null, () -> "Session " + this.sessionId + " is not ready yet");
		return url;
	}

	@Override
	public @Nullable String owner() {
		return this.owner;
	}

	@Override
	public @Nullable Gpu gpu() {
		synchronized (this.lock) {
			return this.gpu;
		}
	}

	@Override
	public Instant openedAt() {
		return this.openedAt;
	}

	@Override
	public Instant expiresAt() {
		return this.scheduler.now().plus(state().deadline().left(elapsed()));
	}

	@Override
	public boolean isOpen() {
		return state().isOpen(elapsed());
	}

	@Override
	public @Nullable SessionLostException failure() {
		synchronized (this.lock) {
			return this.lost;
		}
	}

	/**
	 * Hold the session from now on.
	 */
	void start() {
		synchronized (this.lock) {
			// If it is not held, the application is stopping and has closed this lease
			// already
			if (this.state.isHeld()) {
				restart();
			}
		}
		publishEvents();
	}

	/**
	 * Wait until the session is ready. If it is not, the lease is closed.
	 */
	void awaitReady() {
		boolean inTime;
		try {
			inTime = this.scheduler.await(this.started, this.options.readyTimeout().plus(this.options.closeTimeout()));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ComfyDeployTransportException("interrupted while session " + this.sessionId + " was starting", ex,
					"get", 0, false);
		}
		awaitPublished();
		LeaseState state = state();
		if (state.isHeld() && inTime) {
			return;
		}
		if (state.phase() == Phase.ENDED && state.closing() == null) {
			throw new SessionStartFailedException("get failed: 404, session " + this.sessionId
					+ " ended before it was ready: its start failed, or somebody else cancelled it" + log());
		}
		Throwable failure = inTime ? state.failure() : new LeaseState.NotReady(null);
		if (failure instanceof LeaseState.NotReady) {
			throw new SessionNotReadyException(this.sessionId,
					"Session " + this.sessionId + " was not ready within "
							+ Durations.format(this.options.readyTimeout()) + ", so it is cancelled" + log(),
					failure.getCause(), 1);
		}
		if (failure != null) {
			logger.warn("Session " + this.sessionId + " is cancelled because polling it failed while it was starting: "
					+ failure);
			throw DefaultSessionLease.<RuntimeException>sneakyThrow(failure);
		}
		throw new ComfyDeployTransportException("session " + this.sessionId + " was closed before it was ready", null,
				"get", 0, false);
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> E sneakyThrow(Throwable failure) throws E {
		throw (E) failure;
	}

	/**
	 * Close the lease, and read the last lines of the session's log in the meantime.
	 */
	private String log() {
		LeaseLog log = new LeaseLog(this.sessionId, this.operations);
		try (log) {
			long begin = this.scheduler.nanoTime();
			this.scheduler.schedule(log::read, Duration.ZERO);
			close();
			this.scheduler.await(log.done(), LOG_TIMEOUT.minusNanos(this.scheduler.nanoTime() - begin));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Throwable ex) {
			logger.debug("The log of session " + this.sessionId + " could not be read", ex);
		}
		List<String> lines = log.lines();
		if (lines.isEmpty()) {
			return "";
		}
		String text = String.join("\n", lines);
		return ". Its log ends with:\n" + text.substring(Math.max(0, text.length() - MAX_LOG_LENGTH));
	}

	@Override
	public void close() {
		closeAsync();
		awaitReleased();
		awaitPublished();
	}

	/**
	 * Start to close.
	 * @return a future that completes when the end of the session is confirmed, or was
	 * not confirmed in time
	 */
	CompletableFuture<Void> closeAsync() {
		synchronized (this.lock) {
			if (this.state.isHeld()) {
				apply(this.state.close(elapsed()));
				restart();
			}
		}
		publishEvents();
		return this.released;
	}

	/**
	 * Start to close within a bound, because this JVM may end soon.
	 * @param bound the time that is left
	 * @return a future that completes when the end of the session is confirmed, or was
	 * not confirmed in time; if it was already unconfirmed, after one more cancel
	 */
	CompletableFuture<Void> closeWithin(Duration bound) {
		CompletableFuture<Void> closed = this.released;
		synchronized (this.lock) {
			if (this.state.isHeld()) {
				apply(this.state.close(elapsed(), bound));
				restart();
			}
			else if (this.state.phase() == Phase.UNCONFIRMED) {
				if (this.lastTry == null) {
					this.lastTry = new CompletableFuture<>();
					apply(this.state.again(elapsed()));
					restart();
				}
				closed = this.lastTry;
			}
		}
		publishEvents();
		return closed;
	}

	/**
	 * Return the maximum time for which the session may still run after the end of the
	 * lease: zero if the session has certainly ended.
	 */
	Duration maxRunTimeAfterEnd() {
		return state().isEndCertain() ? Duration.ZERO : this.options.serverLimit().minus(elapsed());
	}

	/**
	 * Return when the closing is over.
	 */
	CompletableFuture<Void> released() {
		return this.released;
	}

	/**
	 * Return a future that completes when the lease makes no more calls.
	 */
	CompletableFuture<Void> ended() {
		return this.ended;
	}

	/**
	 * Return a future that completes when all events so far have been published.
	 */
	CompletableFuture<Void> published() {
		return this.events.published();
	}

	/**
	 * Return whether the current thread is calling a listener of this lease.
	 */
	boolean isPublishedHere() {
		return this.events.isPublishedHere();
	}

	/**
	 * Report that the end of the session is not confirmed, and stop waiting for it.
	 */
	void reportUnconfirmed() {
		synchronized (this.lock) {
			apply(this.state.reportUnconfirmed());
		}
		publishEvents();
	}

	/**
	 * Wait for the confirmation, or if interrupted only for the response to the cancel.
	 * The interrupt flag is kept. An end that is not confirmed in time is reported before
	 * the wait ends, even if no thread is free.
	 */
	private void awaitReleased() {
		boolean interrupted = false;
		CompletableFuture<Void> awaited = this.released;
		long begin = this.scheduler.nanoTime();
		while (true) {
			try {
				if (!this.scheduler.await(awaited,
						this.options.closeTimeout().minusNanos(this.scheduler.nanoTime() - begin))) {
					reportUnconfirmed();
				}
				break;
			}
			catch (InterruptedException ex) {
				interrupted = true;
				awaited = this.cancelResponded;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	private void awaitPublished() {
		try {
			this.scheduler.await(published(), PUBLISH_TIMEOUT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** One step: what is due now, and the timer for the next. */
	private void run(int run) {
		try {
			LeaseAction action;
			synchronized (this.lock) {
				if (run != this.run) {
					return;
				}
				apply(this.state.at(elapsed()));
				action = this.state.next(elapsed());
			}
			LeaseEvidence evidence = perform(action);
			synchronized (this.lock) {
				if (evidence != null && isRelevant(evidence, run)) {
					record(evidence);
				}
				if (run == this.run) {
					scheduleNext();
				}
			}
		}
		catch (Throwable ex) {
			logger.error("The lease of session " + this.sessionId + " continues after an unexpected error", ex);
			this.scheduler.schedule(() -> this.context.run(() -> run(run)), AFTER_ERROR);
		}
		publishEvents();
	}

	private @Nullable LeaseEvidence perform(LeaseAction action) {
		if (action instanceof LeaseAction.Poll) {
			return this.operations.poll(this.sessionId, !state().isHeld());
		}
		if (action instanceof LeaseAction.Extend extend) {
			return extend(extend.by());
		}
		if (action instanceof LeaseAction.Cancel) {
			return cancel();
		}
		return null;
	}

	/**
	 * Cancel the session, if no other JVM may have adopted it.
	 */
	private LeaseEvidence cancel() {
		if (!this.record.close(null, this.options.closeTimeout())) {
			return new LeaseEvidence.TakenOver();
		}
		if (this.record.mayBeAdopted()) {
			return new LeaseEvidence.CancelFailed(new LeaseStoreException("This JVM was suspended, and the lease store "
					+ "is unavailable: another JVM may have adopted session " + this.sessionId
					+ ", so it is not cancelled yet", null), LeaseEvidence.Outcome.NOT_DONE);
		}
		return this.operations.cancel(this.sessionId);
	}

	/**
	 * Extend the session, if the lease is still held here and a limit allows it.
	 */
	private @Nullable LeaseEvidence extend(Duration by) {
		int before = this.record.minutes();
		StoreResult result = StoreResult.NOT_HELD;
		try {
			result = reserve(state().deadline().minutesWith(by));
		}
		catch (LeaseStoreException ex) {
			return new LeaseEvidence.ExtensionFailed(by, ex, LeaseEvidence.Outcome.NOT_DONE, Duration.ZERO);
		}
		if (result == StoreResult.MAX_GPU_MINUTES_REACHED) {
			return new LeaseEvidence.ExtensionFailed(by,
					LeaseLimitException.of(result, "increase-timeout", Duration.ZERO), LeaseEvidence.Outcome.NOT_DONE,
					Duration.ZERO);
		}
		if (result != StoreResult.DONE) {
			return new LeaseEvidence.TakenOver();
		}
		if (!state().isHeld()) {
			// It was closed while the store responded
			this.record.release(before);
			return null;
		}
		LeaseEvidence evidence = this.operations.extend(this.sessionId, by);
		if (evidence instanceof LeaseEvidence.ExtensionFailed failed
				&& failed.outcome() == LeaseEvidence.Outcome.NOT_DONE) {
			this.record.release(before);
		}
		return evidence;
	}

	/**
	 * Reserve minutes. If this JVM was suspended in the meantime, reserve again: the
	 * confirmation of the store may be outdated.
	 */
	private StoreResult reserve(int minutes) {
		for (int i = 0; i < MAX_RESERVATIONS; i++) {
			long begin = this.scheduler.nanoTime();
			StoreResult result = this.record.reserve(minutes, () -> state().holding().isUrgent(elapsed()));
			if (result != StoreResult.DONE || this.scheduler.nanoTime() - begin < Heartbeat.FRESH.toNanos()) {
				return result;
			}
		}
		throw new LeaseStoreException("The lease store responds too slowly, so nothing was sent", null);
	}

	/**
	 * Record the end of the lease, with the minutes that the session has run, or may run.
	 * A session that nobody has cancelled has ended at its deadline at the latest.
	 */
	private void recordEnd(LeaseState state) {
		if (state.phase() != Phase.ENDED) {
			return;
		}
		if (!state.isEndCertain()) {
			this.record.update(LeasePhase.CLOSE_UNCONFIRMED, null);
			return;
		}
		int elapsed = Durations.minutesRoundedUp(elapsed());
		this.record.remove(state.hadEndedBefore() ? Math.min(this.record.minutes(), elapsed) : elapsed);
	}

	/**
	 * Close the session although another JVM has the lease: it may not know the session.
	 */
	void closeUnrecorded() {
		this.record = LeaseRecord.NONE;
		closeAsync();
	}

	/**
	 * Release the session, which another JVM holds now.
	 */
	void takenOver() {
		synchronized (this.lock) {
			apply(this.state.on(new LeaseEvidence.TakenOver(), elapsed()));
			restart();
		}
		publishEvents();
	}

	LeaseRecord record() {
		return this.record;
	}

	/**
	 * Return whether evidence still counts. A poll that began before the closing proves
	 * nothing about the closing.
	 */
	private boolean isRelevant(LeaseEvidence evidence, int run) {
		return run == this.run
				|| !(evidence instanceof LeaseEvidence.Found || evidence instanceof LeaseEvidence.PollFailed);
	}

	private void record(LeaseEvidence evidence) {
		if (evidence instanceof LeaseEvidence.Found found && this.gpu == null) {
			this.gpu = found.gpu();
		}
		LeaseState before = this.state;
		apply(this.state.on(evidence, elapsed()));
		log(evidence, before);
		this.triedAgain = this.lastTry != null && (this.triedAgain || evidence instanceof LeaseEvidence.CancelAccepted
				|| evidence instanceof LeaseEvidence.CancelRefused || evidence instanceof LeaseEvidence.CancelFailed);
	}

	private void log(LeaseEvidence evidence, LeaseState before) {
		if (evidence instanceof LeaseEvidence.ExtensionFailed failed && this.state.isHeld()) {
			String message = "Session " + this.sessionId + " could not be extended, "
					+ this.state.deadline().left(elapsed()).toSeconds()
					+ " s before its deadline. The lease tries again: " + failed.failure();
			if (before.holding().failures() == 0) {
				logger.warn(message);
			}
			else {
				logger.debug(message);
			}
		}
		else if (evidence instanceof LeaseEvidence.PollFailed failed) {
			logger.debug("Session " + this.sessionId + " could not be polled", failed.failure());
		}
		else if (evidence instanceof LeaseEvidence.CancelFailed failed) {
			logger.debug("Session " + this.sessionId + " could not be cancelled", failed.failure());
		}
	}

	/**
	 * Change the state. Called under the lock.
	 */
	private void apply(Transition transition) {
		LeaseState before = this.state;
		this.state = transition.state();
		for (LeaseState.Event event : transition.events()) {
			Throwable failure = event.failure();
			if (failure instanceof LeaseState.Lost marker) {
				this.lost = new SessionLostException(this.sessionId, String.valueOf(marker.getMessage()));
				failure = this.lost;
				logger.warn(this.lost.getMessage());
			}
			this.events.add(event(event.type(), failure));
			log(event.type(), before);
		}
	}

	private SessionLeaseEvent event(SessionLeaseEvent.Type type, @Nullable Throwable failure) {
		return new SessionLeaseEvent(this, type, failure, this.gpu, elapsed());
	}

	private void log(SessionLeaseEvent.Type type, LeaseState before) {
		switch (type) {
			case EXPIRED -> logger
				.info("Session " + this.sessionId + " is closed because its lease has reached its maximum lifetime of "
						+ Durations.format(this.options.limit()));
			case CLOSED -> {
				if (before.phase() == Phase.UNCONFIRMED) {
					logger.info("Session " + this.sessionId + " has ended, after CLOSE_UNCONFIRMED was reported");
				}
			}
			case CLOSE_UNCONFIRMED -> logger.warn(unconfirmed());
			default -> {
			}
		}
	}

	private String unconfirmed() {
		LeaseClosing closing = this.state.closing();
		if (closing != null && this.state.phase() == Phase.ENDED) {
			return "The server has closed its record of session " + this.sessionId
					+ " without stopping the container. The container may still start, and then no call can stop it: "
					+ "it may cost money for up to " + this.options.serverLimit().toHours()
					+ " h. GET /machine/{id}/events shows it";
		}
		Throwable failure = (closing != null) ? closing.failure() : null;
		String message = "The server has not confirmed the end of session " + this.sessionId + " within "
				+ Durations.format(this.options.closeTimeout()) + " ("
				+ ((failure != null) ? failure : "the last poll still found it")
				+ "). The lease continues to cancel it, but it may cost money for another ";
		return this.state.isDeadlineKnown() ? message + this.state.maxRemaining(elapsed()).toSeconds() + " s"
				: message + this.options.serverLimit().toHours()
						+ " h, the server's own limit, because its deadline is not known";
	}

	/**
	 * Cancel the timer, and execute the next step immediately.
	 */
	private void restart() {
		this.run++;
		if (this.timer != null) {
			this.timer.cancel();
		}
		schedule(Duration.ZERO);
	}

	private void scheduleNext() {
		LeaseAction action = this.state.next(elapsed());
		if (action instanceof LeaseAction.Stop) {
			this.timer = null;
		}
		else {
			schedule((action instanceof LeaseAction.Wait wait) ? wait.duration() : Duration.ZERO);
		}
	}

	private void schedule(Duration delay) {
		int run = this.run;
		this.timer = this.scheduler.schedule(() -> this.context.run(() -> run(run)), delay);
	}

	/**
	 * Publish events last, because a listener may block. The end is recorded by one
	 * thread, and published only after that, so that the store has the end when a caller
	 * of close returns.
	 */
	private void publishEvents() {
		LeaseState state;
		CompletableFuture<Void> lastTry;
		synchronized (this.lock) {
			state = this.state;
			if (state.phase() == Phase.ENDED) {
				if (this.endRecorded) {
					// An interrupted caller of close does not wait for the store
					this.cancelResponded.complete(null);
					return;
				}
				this.endRecorded = true;
			}
			lastTry = (this.triedAgain || state.phase() == Phase.ENDED) ? this.lastTry : null;
		}
		recordEnd(state);
		if (state.phase() != Phase.STARTING) {
			this.started.complete(null);
		}
		if (state.hasCancelResponse()) {
			this.cancelResponded.complete(null);
		}
		if (state.phase() == Phase.ENDED) {
			this.ended.complete(null);
		}
		if (state.isReleased()) {
			this.released.complete(null);
		}
		if (lastTry != null) {
			lastTry.complete(null);
		}
		this.events.publish();
	}

	private LeaseState state() {
		synchronized (this.lock) {
			return this.state;
		}
	}

	private Duration elapsed() {
		return Duration.ofNanos(this.scheduler.nanoTime() - this.start);
	}

	@Override
	public String toString() {
		return "SessionLease[" + this.sessionId + "]";
	}

}
