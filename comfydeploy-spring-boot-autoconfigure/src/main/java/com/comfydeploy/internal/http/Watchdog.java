package com.comfydeploy.internal.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * Aborts exchanges at their deadlines and closes expired connections, with one thread
 * that exists while there is something to watch.
 * <p>
 * Most exchanges end long before their deadlines. The thread is therefore woken only if a
 * deadline is before its next check. A call costs one entry in a set, without a timer or
 * a context switch.
 */
final class Watchdog {

	/** Time that the thread waits for work before it exits. */
	private static final long LINGER = TimeUnit.SECONDS.toNanos(5);

	private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

	private final ThreadFactory threadFactory;

	private final ConnectionPool pool;

	/** The running thread. */
	private volatile @Nullable Thread thread;

	/** Time of the next check, at the latest. */
	private volatile long nextCheck;

	private volatile boolean closed;

	Watchdog(ThreadFactory threadFactory, ConnectionPool pool) {
		this.threadFactory = threadFactory;
		this.pool = pool;
	}

	/**
	 * Watch an exchange, which is aborted if this watchdog has been closed.
	 */
	void add(Exchange exchange) {
		this.exchanges.add(exchange);
		if (this.closed) {
			close();
		}
		else {
			wakeUpBy(exchange.deadline());
		}
	}

	void remove(Exchange exchange) {
		this.exchanges.remove(exchange);
	}

	boolean isClosed() {
		return this.closed;
	}

	/**
	 * Abort all exchanges.
	 */
	void close() {
		this.closed = true;
		this.exchanges.forEach((exchange) -> exchange.abort(Reason.CLOSED));
		this.exchanges.clear();
		LockSupport.unpark(this.thread);
	}

	/**
	 * Check deadlines at that time, at the latest.
	 */
	void wakeUpBy(long deadline) {
		Thread thread = this.thread;
		if (thread == null) {
			startThread();
		}
		else if (deadline - this.nextCheck < 0) {
			LockSupport.unpark(thread);
		}
	}

	/** A system without memory can fail to start a thread: the next call tries again. */
	private synchronized void startThread() {
		if (this.thread == null) {
			Thread thread = this.threadFactory.newThread(this::run);
			thread.start();
			this.thread = thread;
		}
		else {
			LockSupport.unpark(this.thread);
		}
	}

	private void run() {
		try {
			checkUntilIdle();
		}
		finally {
			synchronized (this) {
				if (this.thread == Thread.currentThread()) {
					this.thread = null;
				}
			}
		}
	}

	private void checkUntilIdle() {
		boolean idle = false;
		while (true) {
			long now = System.nanoTime();
			// From here on every new deadline wakes this thread
			this.nextCheck = now + Long.MAX_VALUE / 2;
			long next = checkDeadlines(now);
			boolean wasIdle = idle;
			idle = next == Long.MAX_VALUE;
			if (idle && (wasIdle || this.closed) && exitIfIdle()) {
				return;
			}
			long sleep = idle ? LINGER : next;
			this.nextCheck = now + sleep;
			LockSupport.parkNanos(this, sleep);
		}
	}

	/**
	 * Return the nanoseconds until the next deadline.
	 */
	private long checkDeadlines(long now) {
		long next = Long.MAX_VALUE;
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
		return Math.min(next, this.pool.closeExpired());
	}

	/** Check under the lock that no exchange was added in the meantime. */
	private synchronized boolean exitIfIdle() {
		this.thread = null;
		if (this.exchanges.isEmpty() && this.pool.isEmpty()) {
			return true;
		}
		this.thread = Thread.currentThread();
		return false;
	}

}
