package com.comfydeploy.lease;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseStore;

/**
 * Shows the other JVMs that this JVM is alive. It also detects that this JVM was
 * suspended for so long that others may have taken its leases over.
 */
final class Heartbeat {

	static final Duration INTERVAL = Duration.ofSeconds(10);

	/** Half the time after which this JVM is taken for dead. */
	static final Duration FRESH = LeaseStore.HOLDER_TIMEOUT.dividedBy(2);

	/**
	 * Minimum length of a pause that counts. The last heartbeat can be older than the
	 * pause, by one interval and the duration of its call.
	 */
	private static final long PAUSE = LeaseStore.HOLDER_TIMEOUT.minus(INTERVAL.multipliedBy(2)).toNanos();

	/** Time after which a pending write does not prevent the next. */
	private static final long HANGING = INTERVAL.multipliedBy(2).toNanos();

	private static final int MAX_WRITING = 3;

	private final StoreConnection store;

	private final String instance;

	private final LeaseScheduler scheduler;

	private final Runnable onFailure;

	private final RepeatingTask timer;

	private int writing;

	/** Start of the last write, or {@code null} if it has ended. */
	private @Nullable Long writingSince;

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
		long start = this.scheduler.nanoTime();
		if (isWriting() && !isFresh()) {
			this.onFailure.run();
		}
		if (beginWriting(start)) {
			this.scheduler.execute(() -> write(start));
		}
	}

	/**
	 * Return whether so many writes have not ended that no more are made, although the
	 * store may respond to other calls.
	 */
	synchronized boolean isBlocked() {
		return this.writing >= MAX_WRITING;
	}

	/**
	 * Return whether a write has taken a whole interval: it may never end.
	 */
	private synchronized boolean isWriting() {
		return this.writing > 0;
	}

	private void write(long start) {
		try {
			this.store.callHere(this::write);
		}
		catch (RuntimeException ex) {
			this.onFailure.run();
		}
		finally {
			endWriting(start);
		}
	}

	/**
	 * Begin to write, unless a write is pending. A write that hangs does not prevent the
	 * next one, because the store may respond to another call.
	 */
	private synchronized boolean beginWriting(long start) {
		Long since = this.writingSince;
		if (this.writing >= MAX_WRITING || (since != null && start - since < HANGING)) {
			return false;
		}
		this.writing++;
		this.writingSince = start;
		return true;
	}

	private synchronized void endWriting(long start) {
		this.writing--;
		if (this.writingSince != null && this.writingSince == start) {
			this.writingSince = null;
		}
	}

	/**
	 * Write a heartbeat.
	 * @throws RuntimeException if the store cannot be reached
	 */
	boolean write(LeaseStore store) {
		long now = this.scheduler.nanoTime();
		store.heartbeat(this.instance);
		written(now);
		return true;
	}

	/** A write that hung may end after a later one. */
	private synchronized void written(long start) {
		if (this.writtenAt == null || start - this.writtenAt > 0) {
			this.writtenAt = start;
		}
	}

	/**
	 * Write a heartbeat unless the last one is {@linkplain #FRESH fresh}.
	 * @throws RuntimeException if the store cannot be reached
	 */
	void refresh(LeaseStore store) {
		if (!isFresh()) {
			write(store);
		}
	}

	private boolean isFresh() {
		Long writtenAt = this.writtenAt;
		return writtenAt != null && this.scheduler.nanoTime() - writtenAt <= FRESH.toNanos();
	}

	/**
	 * Return how often this JVM was suspended for so long that others may have taken it
	 * for dead.
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
