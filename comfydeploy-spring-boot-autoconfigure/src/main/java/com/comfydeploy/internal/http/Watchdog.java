package com.comfydeploy.internal.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * Aborts exchanges at their deadlines and closes expired connections, with one thread
 * that exists while there is something to watch.
 * <p>
 * Most exchanges end long before their deadlines. A check is therefore scheduled only if
 * a deadline is before the next one. A call costs one entry in a set, without a timer or
 * a context switch.
 */
final class Watchdog {

	private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

	private final ConnectionPool pool;

	private final ScheduledThreadPoolExecutor executor;

	/** Time of the next check, at the latest. */
	private volatile long nextCheck = System.nanoTime() + Long.MAX_VALUE / 2;

	Watchdog(ThreadFactory threadFactory, ConnectionPool pool) {
		this.pool = pool;
		this.executor = new ScheduledThreadPoolExecutor(1, threadFactory, new ThreadPoolExecutor.DiscardPolicy());
		this.executor.setKeepAliveTime(1, TimeUnit.SECONDS);
		this.executor.allowCoreThreadTimeOut(true);
	}

	/**
	 * Watch an exchange, which is aborted if this watchdog has been closed.
	 */
	void add(Exchange exchange) {
		this.exchanges.add(exchange);
		if (isClosed()) {
			// A concurrent close may have passed this exchange already
			this.exchanges.remove(exchange);
			exchange.abort(Reason.CLOSED);
		}
		else {
			wakeUpBy(exchange.deadline());
		}
	}

	void remove(Exchange exchange) {
		this.exchanges.remove(exchange);
	}

	boolean isClosed() {
		return this.executor.isShutdown();
	}

	/**
	 * Abort all exchanges.
	 */
	void close() {
		this.executor.shutdownNow();
		this.exchanges.forEach((exchange) -> exchange.abort(Reason.CLOSED));
		this.exchanges.clear();
	}

	/**
	 * Check deadlines at that time, at the latest.
	 */
	void wakeUpBy(long deadline) {
		if (deadline - this.nextCheck < 0) {
			schedule(deadline);
		}
	}

	/** A system without memory can fail to start a thread: the next call tries again. */
	private synchronized void schedule(long deadline) {
		if (deadline - this.nextCheck < 0) {
			this.executor.getQueue().clear();
			this.executor.schedule(this::check, deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
			this.nextCheck = deadline;
		}
	}

	private void check() {
		long now = System.nanoTime();
		// From here on every new deadline schedules another check. The lock is for the
		// call that has just scheduled this one
		synchronized (this) {
			this.nextCheck = now + Long.MAX_VALUE / 2;
		}
		long next = this.pool.closeExpired();
		for (Exchange exchange : this.exchanges) {
			long remaining = exchange.deadline() - now;
			if (remaining <= 0) {
				exchange.abort(Reason.TIMED_OUT);
				this.exchanges.remove(exchange);
			}
			else {
				next = Math.min(next, remaining);
			}
		}
		if (next < Long.MAX_VALUE) {
			wakeUpBy(now + next);
		}
	}

}
