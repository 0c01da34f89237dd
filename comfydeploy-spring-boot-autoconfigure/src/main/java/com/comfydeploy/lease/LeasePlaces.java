package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/**
 * The places for leases that are open at the same time. The caller that has waited
 * longest gets the next place.
 */
final class LeasePlaces {

	private final LeaseScheduler scheduler;

	private final Queue<CompletableFuture<Void>> waiting = new ArrayDeque<>();

	private int free;

	LeasePlaces(int places, LeaseScheduler scheduler) {
		this.free = places;
		this.scheduler = scheduler;
	}

	/**
	 * Take a place.
	 * @param timeout how long to wait for one
	 * @return whether there was one in time
	 */
	boolean acquire(Duration timeout) throws InterruptedException {
		CompletableFuture<Void> place = new CompletableFuture<>();
		synchronized (this) {
			if (this.free > 0) {
				this.free--;
				return true;
			}
			this.waiting.add(place);
		}
		try {
			// Another thread may assign a place at the moment of the timeout
			return this.scheduler.await(place, timeout) || !leave(place);
		}
		catch (InterruptedException ex) {
			if (!leave(place)) {
				release();
			}
			throw ex;
		}
	}

	private synchronized boolean leave(CompletableFuture<Void> place) {
		return this.waiting.remove(place);
	}

	/**
	 * Release a place, and assign it to the caller that has waited longest.
	 */
	void release() {
		CompletableFuture<Void> next;
		synchronized (this) {
			next = this.waiting.poll();
			if (next == null) {
				this.free++;
			}
		}
		if (next != null) {
			next.complete(null);
		}
	}

	/**
	 * Return the number of callers that wait for a place.
	 */
	synchronized int waiting() {
		return this.waiting.size();
	}

}
