package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseStore;

/**
 * Calls the store, and logs once each time that it becomes unavailable or available
 * again.
 */
final class StoreConnection {

	/** A call that took longer to fail is not repeated immediately. */
	private static final long QUICK = Duration.ofSeconds(2).toNanos();

	/** Time to wait for a store that was unavailable. */
	private static final Duration BRIEF = Duration.ofSeconds(2);

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseStore store;

	private final LeaseScheduler scheduler;

	private volatile boolean available = true;

	/** The last call that was not waited for any longer. */
	private volatile @Nullable CompletableFuture<?> hanging;

	StoreConnection(LeaseStore store, LeaseScheduler scheduler) {
		this.store = store;
		this.scheduler = scheduler;
	}

	/**
	 * Whether the last call reached the store.
	 */
	boolean isAvailable() {
		return this.available;
	}

	/**
	 * Call the store. A call that fails quickly is repeated once: one failed statement
	 * does not mean that the store is unavailable.
	 * @throws LeaseStoreException if it cannot be reached
	 */
	<T> T call(Function<LeaseStore, T> call) {
		T result;
		long start = this.scheduler.nanoTime();
		try {
			result = call.apply(this.store);
		}
		catch (RuntimeException ex) {
			if (this.scheduler.nanoTime() - start > QUICK) {
				throw unavailable(ex);
			}
			result = callAgain(call, ex);
		}
		if (!this.available) {
			this.available = true;
			logger.info("The lease store " + this.store + " is available again");
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
			throw unavailable(ex);
		}
	}

	private LeaseStoreException unavailable(RuntimeException failure) {
		if (this.available) {
			this.available = false;
			logger.warn("The lease store " + this.store + " is unavailable: no session is created until it is "
					+ "available again. Open leases are still extended and closed", failure);
		}
		return new LeaseStoreException("The lease store is unavailable, so nothing was sent: " + failure.getMessage(),
				failure);
	}

	/**
	 * Call the store, but wait for a short time only if it was unavailable before. The
	 * call may still be carried out after that.
	 * @throws LeaseStoreException if it cannot be reached in time
	 */
	<T> T callBriefly(Function<LeaseStore, T> call) {
		if (this.available) {
			return call(call);
		}
		CompletableFuture<?> hanging = this.hanging;
		if (hanging != null && !hanging.isDone()) {
			throw new LeaseStoreException("The lease store is unavailable, so nothing was sent", null);
		}
		CompletableFuture<T> result = new CompletableFuture<>();
		this.scheduler.schedule(() -> complete(result, call), Duration.ZERO);
		try {
			if (!this.scheduler.await(result, BRIEF)) {
				this.hanging = result;
				throw new LeaseStoreException("The lease store does not respond, so nothing was sent", null);
			}
			return result.join();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new LeaseStoreException("Interrupted while waiting for the lease store, so nothing was sent", ex);
		}
		catch (CompletionException ex) {
			throw (ex.getCause() instanceof LeaseStoreException failure) ? failure
					: new LeaseStoreException("The lease store is unavailable, so nothing was sent", ex);
		}
	}

	private <T> void complete(CompletableFuture<T> result, Function<LeaseStore, T> call) {
		try {
			result.complete(call(call));
		}
		catch (Throwable ex) {
			result.completeExceptionally(ex);
		}
	}

}
