package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseStore;

/**
 * Shows the other JVMs that this one is alive, and detects when it was not: a JVM that
 * was suspended for as long as others wait for its heartbeats may have lost its leases.
 */
final class Heartbeat {

	static final Duration INTERVAL = Duration.ofSeconds(10);

	/** Half the time after which this JVM is taken for dead. */
	static final Duration FRESH = LeaseStore.HOLDER_TIMEOUT.dividedBy(2);

	private static final long PAUSE = LeaseStore.HOLDER_TIMEOUT.toNanos();

	private final StoreConnection store;

	private final String instance;

	private final LeaseScheduler scheduler;

	private final Runnable onFailure;

	private final RepeatingTask timer;

	private final AtomicBoolean writing = new AtomicBoolean();

	/** By the scheduler's monotonic clock, as all times here. */
	private volatile @Nullable Long writtenAt;

	private long awakeAt;

	private int pauses;

	/**
	 * Create a heartbeat.
	 * @param onFailure called when a heartbeat could not be written
	 */
	Heartbeat(StoreConnection store, String instance, LeaseScheduler scheduler, Runnable onFailure) {
		this.store = store;
		this.instance = instance;
		this.scheduler = scheduler;
		this.onFailure = onFailure;
		this.awakeAt = scheduler.nanoTime();
		this.timer = new RepeatingTask(scheduler, "show that this JVM is alive", this::beat);
	}

	void start() {
		this.timer.start();
	}

	void stop() {
		this.timer.stop();
	}

	/** The timer never waits for the store, so a slow store is not taken for a pause. */
	private Duration beat() {
		pauses();
		this.scheduler.schedule(this::writeUnlessWriting, Duration.ZERO);
		return INTERVAL;
	}

	private void writeUnlessWriting() {
		if (this.writing.compareAndSet(false, true)) {
			try {
				this.store.call(this::write);
			}
			catch (LeaseStoreException ex) {
				this.onFailure.run();
			}
			finally {
				this.writing.set(false);
			}
		}
	}

	private boolean write(LeaseStore store) {
		long now = this.scheduler.nanoTime();
		store.heartbeat(this.instance);
		this.writtenAt = now;
		return true;
	}

	/**
	 * Write a heartbeat unless the last one is {@linkplain #FRESH fresh}.
	 * @throws RuntimeException if the store cannot be reached
	 */
	void refresh(LeaseStore store) {
		Long writtenAt = this.writtenAt;
		if (writtenAt == null || this.scheduler.nanoTime() - writtenAt > FRESH.toNanos()) {
			write(store);
		}
	}

	/**
	 * Return how often this JVM was suspended for as long as others wait for its
	 * heartbeats.
	 */
	synchronized int pauses() {
		long now = this.scheduler.nanoTime();
		if (this.timer.isRunning() && now - this.awakeAt > PAUSE) {
			this.pauses++;
		}
		this.awakeAt = now;
		return this.pauses;
	}

}
