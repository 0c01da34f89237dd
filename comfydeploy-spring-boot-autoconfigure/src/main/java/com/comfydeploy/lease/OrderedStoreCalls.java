package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.LeaseStore;

/**
 * Calls the store for one lease, one call after another: a call is made only when the one
 * before has ended, whether or not its caller still waits for it. So a late call never
 * overwrites what was written after it.
 */
final class OrderedStoreCalls {

	private final StoreConnection store;

	private final LeaseScheduler scheduler;

	/** The call that has not ended, or {@code null}. */
	private @Nullable Turn current;

	OrderedStoreCalls(StoreConnection store, LeaseScheduler scheduler) {
		this.store = store;
		this.scheduler = scheduler;
	}

	/**
	 * Return whether a call has not ended.
	 */
	synchronized boolean isBusy() {
		return this.current != null;
	}

	/**
	 * Make a call when the one before has ended.
	 * @param patience the maximum time to wait for the one before; it is not waited for
	 * if its own caller does not wait any longer
	 * @param limit the maximum time to wait for both calls
	 * @param prepare returns the call; called when it can be made
	 * @param ended receives the result when the call has ended, or {@code null} if it
	 * failed or was not made; called before the next call is made
	 * @throws LeaseStoreException if the store cannot be reached in time
	 */
	<T> T call(Duration patience, Duration limit, Supplier<Function<LeaseStore, T>> prepare,
			Consumer<@Nullable T> ended) {
		long start = this.scheduler.nanoTime();
		Turn turn = new Turn(start + Durations.min(patience, limit).toNanos(), start + limit.toNanos());
		while (!begin(turn)) {
			awaitCurrent(turn);
		}
		Duration left = limit.minusNanos(this.scheduler.nanoTime() - start);
		return this.store.call(prepare.get(), left, (result) -> {
			try {
				ended.accept(result);
			}
			finally {
				end(turn);
			}
		});
	}

	private synchronized boolean begin(Turn turn) {
		if (this.current != null) {
			return false;
		}
		long now = this.scheduler.nanoTime();
		turn.callUntil = now + Math.min(turn.callUntil - now, StoreConnection.TIMEOUT.toNanos());
		this.current = turn;
		return true;
	}

	private void awaitCurrent(Turn turn) {
		Turn current;
		synchronized (this) {
			current = this.current;
		}
		if (current == null) {
			return;
		}
		long now = this.scheduler.nanoTime();
		long left = Math.min(turn.waitUntil - now, current.callUntil - now);
		try {
			if (left > 0 && this.scheduler.await(current.ended, Duration.ofNanos(left))) {
				return;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		throw new LeaseStoreException("An earlier call to the lease store has not returned, so nothing was sent", null);
	}

	private void end(Turn turn) {
		synchronized (this) {
			this.current = null;
		}
		turn.ended.complete(null);
	}

	/**
	 * The turn of one call. Its times are by the scheduler's monotonic clock.
	 */
	private static final class Turn {

		private final CompletableFuture<Void> ended = new CompletableFuture<>();

		private final long waitUntil;

		private long callUntil;

		Turn(long waitUntil, long callUntil) {
			this.waitUntil = waitUntil;
			this.callUntil = callUntil;
		}

	}

}
