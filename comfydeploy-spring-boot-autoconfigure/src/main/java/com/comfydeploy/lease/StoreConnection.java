package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;
import com.comfydeploy.lease.store.LeaseStore;

/**
 * Calls the store, and logs once each time that it becomes unavailable or available
 * again. A call that does not return in time counts as failed: its caller continues
 * without the store, and the call ends later or never, on a thread of its own. The number
 * of these threads is limited.
 */
final class StoreConnection {

	/** Maximum time that a caller waits for the store. */
	static final Duration TIMEOUT = Duration.ofSeconds(5);

	/** The same, for a store that was unavailable. */
	static final Duration BRIEF = Duration.ofSeconds(2);

	/** A call that took longer to fail is not repeated immediately. */
	private static final long QUICK = Duration.ofSeconds(2).toNanos();

	/** Interval between attempts while a call does not return. */
	private static final long RETRY_INTERVAL = Duration.ofSeconds(10).toNanos();

	private static final int MAX_RUNNING = 16;

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseStore store;

	private final LeaseScheduler scheduler;

	private final Queue<Call<?>> waiting = new ArrayDeque<>();

	private int running;

	private volatile boolean available = true;

	/** The last call that has not returned in time. */
	private volatile @Nullable Call<?> hanging;

	private volatile long hangingSince;

	StoreConnection(LeaseStore store, LeaseScheduler scheduler) {
		this.store = store;
		this.scheduler = scheduler;
	}

	/**
	 * Return whether the last call reached the store.
	 */
	boolean isAvailable() {
		return this.available;
	}

	/**
	 * Call the store, and wait for a limited time. The call may still be carried out
	 * after that.
	 * @throws LeaseStoreException if the store cannot be reached in time
	 */
	<T> T call(Function<LeaseStore, T> call) {
		return call(call, (result) -> {
		});
	}

	/**
	 * Call the store, and wait for a limited time. The call may still be carried out
	 * after that.
	 * @param ended receives the result when the call has ended, or {@code null} if it
	 * failed or was not made; called exactly once, on any thread, and before this method
	 * returns a result
	 * @throws LeaseStoreException if the store cannot be reached in time
	 */
	<T> T call(Function<LeaseStore, T> call, Consumer<@Nullable T> ended) {
		return call(call, TIMEOUT, ended);
	}

	/**
	 * Call the store, and wait for a limited time. The call may still be carried out
	 * after that.
	 * @param patience the maximum time to wait if it is shorter than usual; a store that
	 * has not responded by then does not count as unavailable
	 * @param ended receives the result when the call has ended, or {@code null} if it
	 * failed or was not made; called exactly once, on any thread, and before this method
	 * returns a result
	 * @throws LeaseStoreException if the store cannot be reached in time
	 */
	<T> T call(Function<LeaseStore, T> call, Duration patience, Consumer<@Nullable T> ended) {
		if (!this.available && isHanging()) {
			ended.accept(null);
			throw new LeaseStoreException("The lease store is unavailable, so nothing was sent", null);
		}
		Duration usual = this.available ? TIMEOUT : BRIEF;
		Duration timeout = Durations.min(usual, patience);
		Call<T> pending = new Call<>(call, ended);
		start(pending);
		try {
			if (this.scheduler.await(pending.result, timeout)) {
				return pending.result.join();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			abandon(pending);
			throw new LeaseStoreException("Interrupted while waiting for the lease store, so nothing was sent", ex);
		}
		catch (CompletionException ex) {
			Throwable cause = (ex.getCause() != null) ? ex.getCause() : ex;
			throw new LeaseStoreException(
					"The lease store is unavailable, so nothing was sent: " + StoreFailure.describe(cause), cause);
		}
		boolean started = !abandon(pending);
		if (timeout.equals(usual)) {
			this.hanging = started ? pending : this.hanging;
			this.hangingSince = this.scheduler.nanoTime();
			unavailable("it has not responded within " + timeout.toSeconds() + " s", null);
		}
		throw new LeaseStoreException(
				"The lease store has not responded within " + timeout.toMillis() + " ms, so nothing was sent", null);
	}

	/**
	 * Call the store on this thread, for as long as the call takes. A call that fails
	 * quickly is repeated once: one failed statement does not mean that the store is
	 * unavailable.
	 * @throws RuntimeException if it cannot be reached
	 */
	<T> T callHere(Function<LeaseStore, T> call) {
		long start = this.scheduler.nanoTime();
		T result;
		try {
			result = call.apply(this.store);
		}
		catch (RuntimeException ex) {
			if (this.scheduler.nanoTime() - start > QUICK) {
				unavailable(StoreFailure.describe(ex), ex);
				throw ex;
			}
			result = callAgain(call, ex);
		}
		return result;
	}

	private <T> T callAgain(Function<LeaseStore, T> call, RuntimeException first) {
		try {
			return call.apply(this.store);
		}
		catch (RuntimeException ex) {
			if (ex != first) {
				ex.addSuppressed(first);
			}
			unavailable(StoreFailure.describe(ex), ex);
			throw ex;
		}
	}

	private void available() {
		if (!this.available) {
			this.available = true;
			logger.info("The lease store " + this.store + " is available again");
		}
	}

	private void unavailable(String reason, @Nullable RuntimeException failure) {
		if (this.available) {
			this.available = false;
			logger.warn("The lease store " + this.store + " is unavailable (" + reason + "): no session is created "
					+ "until it is available again. Open leases are still extended and closed", failure);
		}
	}

	private boolean isHanging() {
		Call<?> hanging = this.hanging;
		return hanging != null && !hanging.result.isDone()
				&& this.scheduler.nanoTime() - this.hangingSince < RETRY_INTERVAL;
	}

	/**
	 * Start a call as soon as fewer than the maximum are running.
	 */
	private void start(Call<?> call) {
		synchronized (this.waiting) {
			if (this.running == MAX_RUNNING) {
				this.waiting.add(call);
				return;
			}
			this.running++;
		}
		execute(call);
	}

	private void execute(Call<?> call) {
		try {
			this.scheduler.execute(() -> {
				try {
					call.run();
				}
				finally {
					startNext();
				}
			});
		}
		catch (RuntimeException | Error ex) {
			call.end(null, ex);
			startNext();
		}
	}

	private void startNext() {
		Call<?> next;
		synchronized (this.waiting) {
			next = this.waiting.poll();
			if (next == null) {
				this.running--;
			}
		}
		if (next != null) {
			execute(next);
		}
	}

	/**
	 * Cancel a call that has not started.
	 * @return whether it had not started
	 */
	private boolean abandon(Call<?> call) {
		boolean waiting;
		synchronized (this.waiting) {
			waiting = this.waiting.remove(call);
		}
		if (waiting) {
			call.end(null, new IllegalStateException("too many calls have not returned"));
		}
		return waiting;
	}

	/**
	 * One call of the store.
	 */
	private final class Call<T> {

		private final Function<LeaseStore, T> call;

		private final Consumer<@Nullable T> ended;

		private final CompletableFuture<T> result = new CompletableFuture<>();

		Call(Function<LeaseStore, T> call, Consumer<@Nullable T> ended) {
			this.call = call;
			this.ended = ended;
		}

		void run() {
			T value = null;
			Throwable failure = null;
			try {
				value = callHere(this.call);
				available();
			}
			catch (Throwable ex) {
				failure = ex;
			}
			end(value, failure);
		}

		void end(@Nullable T value, @Nullable Throwable failure) {
			try {
				this.ended.accept(value);
			}
			finally {
				if (failure != null) {
					this.result.completeExceptionally(failure);
				}
				else {
					this.result.complete(value);
				}
			}
		}

	}

}
