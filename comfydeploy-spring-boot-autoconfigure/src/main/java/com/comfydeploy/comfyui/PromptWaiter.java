package com.comfydeploy.comfyui;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.function.Consumer;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.Durations;

/**
 * Waits until a prompt has ended, by polling. Messages of a WebSocket start a poll early.
 */
final class PromptWaiter {

	private static final Log logger = LogFactory.getLog(PromptWaiter.class);

	/** Polls without the prompt in queue or history after which it is lost. */
	private static final int MAX_UNKNOWN = 4;

	/**
	 * Polls with an unusable response of ComfyUI itself: an unreadable history stays so,
	 * a network does not.
	 */
	private static final int MAX_UNUSABLE = 10;

	/** Time without a usable response after which the session is checked again. */
	private static final Duration OUTAGE = Duration.ofSeconds(30);

	/** Time for reports of progress after the end, before the latest one. */
	private static final Duration REPORTS_AFTER_THE_END = Duration.ofSeconds(1);

	private static final Set<PromptState.Kind> ENDED = Set.of(PromptState.Kind.SUCCEEDED, PromptState.Kind.FAILED,
			PromptState.Kind.INTERRUPTED);

	private final PromptLookup lookup;

	private final SessionCheck check;

	private final SignalWaiter time;

	PromptWaiter(PromptLookup lookup, SessionCheck check, SignalWaiter time) {
		this.lookup = lookup;
		this.check = check;
		this.time = time;
	}

	/**
	 * Wait until a prompt has ended.
	 * @param timeout the timeout of the caller, for the message
	 * @param tracker the progress from the WebSocket
	 * @param listener called with the progress, or {@code null}
	 */
	ComfyUiResult await(ComfyUiCall call, String promptId, Duration timeout, Signal signal, ProgressTracker tracker,
			@Nullable Consumer<ComfyUiProgress> listener) throws InterruptedException {
		PollInterval interval = new PollInterval();
		RequestFailure failure = null;
		Outage outage = null;
		long usable = this.time.nanoTime();
		PromptState.Kind last = PromptState.Kind.UNKNOWN;
		int unknown = 0;
		int unusable = 0;
		while (true) {
			call.check(this.check, false);
			try {
				PromptState state = this.lookup.poll(call, promptId);
				usable = this.time.nanoTime();
				last = state.kind();
				failure = null;
				outage = null;
				unusable = 0;
				unknown = (last == PromptState.Kind.UNKNOWN) ? unknown + 1 : 0;
				if (ENDED.contains(last)) {
					reportRest(tracker, listener);
				}
				ComfyUiResult result = result(call, state);
				if (result != null) {
					reportEnd(tracker, promptId, listener);
					return result;
				}
				if (unknown == MAX_UNKNOWN) {
					throw new WorkflowLostException(promptId, call.operation());
				}
			}
			catch (RequestFailure ex) {
				failure = ex;
				unusable += ex.isOfComfyUi() ? 1 : 0;
				if (ex.isInterrupted()) {
					throw call.interrupted();
				}
				if (ex.isFinal() || unusable == MAX_UNUSABLE) {
					throw call.failed(ex, true,
							". The workflow may still run: await(\"" + promptId + "\") waits for it");
				}
				outage = (outage != null) ? outage : new Outage(call, promptId, usable);
				outage.check(ex);
			}
			if (call.deadline().hasPassed()) {
				throw timeout(call, promptId, timeout, last, failure, outage);
			}
			pause(interval, call.deadline(), signal, tracker, listener);
		}
	}

	private static @Nullable ComfyUiResult result(ComfyUiCall call, PromptState state) {
		return switch (state.kind()) {
			case SUCCEEDED -> state.result();
			case FAILED -> throw new WorkflowFailedException(state.error(), state.result(), call.operation());
			case INTERRUPTED -> throw new WorkflowInterruptedException(state.result(), call.operation());
			case PENDING, RUNNING, UNKNOWN -> null;
		};
	}

	private static WorkflowTimeoutException timeout(ComfyUiCall call, String promptId, Duration timeout,
			PromptState.Kind last, @Nullable RequestFailure failure, @Nullable Outage outage) {
		if (failure != null && outage != null) {
			return new WorkflowTimeoutException(promptId, timeout,
					"there was no usable response for the last " + Durations.format(outage.duration())
							+ ", the last failure: " + call.describe(failure)
							+ ". The session may have ended: check it. If it has not, the workflow may still run",
					call.failed(failure), call.operation());
		}
		String state = switch (last) {
			case PENDING -> "it waits in the queue";
			case RUNNING -> "it is running";
			default -> "its state is not known";
		};
		return new WorkflowTimeoutException(promptId, timeout, state + ". It keeps running", null, call.operation());
	}

	/**
	 * Report progress on the thread of the caller, until the next poll: a slow listener
	 * does not delay it by more than one report.
	 */
	private void pause(PollInterval interval, Deadline deadline, Signal signal, ProgressTracker tracker,
			@Nullable Consumer<ComfyUiProgress> listener) throws InterruptedException {
		Deadline next = deadline.within(interval.next());
		while (!next.hasPassed()) {
			if (tracker.hasEnded()) {
				interval.reset();
				return;
			}
			ComfyUiProgress progress = tracker.poll();
			if (progress != null) {
				notify(listener, progress);
			}
			else {
				this.time.await(signal, next.remaining());
			}
		}
	}

	/**
	 * Report the progress before the end. A slow listener receives only the latest, so
	 * that it does not delay the result.
	 */
	private void reportRest(ProgressTracker tracker, @Nullable Consumer<ComfyUiProgress> listener) {
		Deadline deadline = Deadline.after(REPORTS_AFTER_THE_END, this.time);
		ComfyUiProgress progress = tracker.poll();
		while (progress != null) {
			notify(listener, progress);
			progress = deadline.hasPassed() ? tracker.pollLatest() : tracker.poll();
		}
	}

	private static void reportEnd(ProgressTracker tracker, String promptId,
			@Nullable Consumer<ComfyUiProgress> listener) {
		ComfyUiProgress progress = tracker.complete(promptId);
		if (progress != null) {
			notify(listener, progress);
		}
	}

	/**
	 * Call an application's listener. A failing listener must not fail the call.
	 */
	static <T> void notify(@Nullable Consumer<T> listener, T event) {
		if (listener == null) {
			return;
		}
		try {
			listener.accept(event);
		}
		catch (Exception ex) {
			// Kotlin and Groovy throw checked exceptions, too
			logger.warn("A progress listener failed: " + ex);
			if (ex instanceof InterruptedException) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * A time without a usable response. The session may have ended.
	 */
	private final class Outage {

		private final ComfyUiCall call;

		private final String promptId;

		/** Time of the last usable response, or of the start of the wait. */
		private final long start;

		private boolean logged;

		private Deadline next;

		Outage(ComfyUiCall call, String promptId, long start) {
			this.call = call;
			this.promptId = promptId;
			this.start = start;
			this.next = Deadline.after(OUTAGE, PromptWaiter.this.time);
		}

		/** Return the time without a usable response. */
		Duration duration() {
			Duration duration = Duration.ofNanos(PromptWaiter.this.time.nanoTime() - this.start);
			return duration.truncatedTo((duration.getSeconds() > 0) ? ChronoUnit.SECONDS : ChronoUnit.MILLIS);
		}

		/** Log the outage once, and check the session again from time to time. */
		void check(RequestFailure failure) {
			if (!this.next.hasPassed()) {
				return;
			}
			this.next = Deadline.after(OUTAGE, PromptWaiter.this.time);
			this.call.recheck(PromptWaiter.this.check, this.call.failed(failure));
			if (!this.logged) {
				this.logged = true;
				logger.warn(this.call.operation() + ": no usable response for " + Durations.format(OUTAGE)
						+ " while waiting for prompt " + this.promptId + ", the last failure: "
						+ this.call.describe(failure)
						+ ". The session may have ended: check it. The wait continues until its timeout");
			}
		}

	}

}
