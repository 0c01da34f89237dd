package com.comfydeploy.internal.http;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import com.comfydeploy.internal.http.TransportException.Reason;

/**
 * Cuts exchanges at their deadlines and closes idle connections, with one thread that is
 * there while there is something to watch.
 * <p>
 * Most exchanges end long before their deadlines. So the thread is woken only for a
 * deadline before the one that it sleeps until, and else looks at what is left then: a
 * call costs an entry in a set, and neither a timer nor a thread that wakes up.
 */
final class Watchdog {

	/** How long the thread stays when there is nothing to watch. */
	private static final long LINGER = TimeUnit.SECONDS.toNanos(5);

	private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();

	private final AtomicReference<Thread> thread = new AtomicReference<>();

	private final String name;

	private final ConnectionPool pool;

	/** When the thread looks at the latest. */
	private volatile long wakeUp;

	Watchdog(String name, ConnectionPool pool) {
		this.name = name;
		this.pool = pool;
	}

	void add(Exchange exchange) {
		this.exchanges.add(exchange);
		watch(exchange.deadline());
	}

	void remove(Exchange exchange) {
		this.exchanges.remove(exchange);
	}

	/**
	 * End all exchanges. Those added later are not ended, and so must not begin.
	 */
	void close() {
		this.exchanges.forEach((exchange) -> exchange.cut(Reason.CLOSED));
		LockSupport.unpark(this.thread.get());
	}

	/**
	 * Look at that time, at the latest.
	 */
	void watch(long deadline) {
		Thread thread = this.thread.get();
		if (thread == null) {
			thread = new Thread(null, this::run, this.name + "-watchdog", 0, false);
			thread.setDaemon(true);
			thread.setContextClassLoader(null);
			if (this.thread.compareAndSet(null, thread)) {
				thread.start();
				return;
			}
			thread = this.thread.get();
		}
		if (deadline - this.wakeUp < 0) {
			LockSupport.unpark(thread);
		}
	}

	private void run() {
		long idleSince = 0;
		boolean idle = false;
		while (true) {
			long now = System.nanoTime();
			// Whoever comes from here on wakes this thread
			this.wakeUp = now + Long.MAX_VALUE / 2;
			long next = look(now);
			boolean nothing = next == Long.MAX_VALUE;
			if (nothing && idle && now - idleSince >= LINGER && leave()) {
				return;
			}
			idleSince = (nothing && idle) ? idleSince : now;
			idle = nothing;
			long sleep = nothing ? LINGER : next;
			this.wakeUp = now + sleep;
			LockSupport.parkNanos(this, sleep);
		}
	}

	/**
	 * Return the nanoseconds until there is something to do, at most.
	 */
	private long look(long now) {
		long next = Long.MAX_VALUE;
		for (Exchange exchange : this.exchanges) {
			long left = exchange.deadline() - now;
			if (left <= 0) {
				exchange.cut(Reason.TIMED_OUT);
				this.exchanges.remove(exchange);
			}
			else {
				next = Math.min(next, left);
			}
		}
		return Math.min(next, this.pool.closeExpired());
	}

	/**
	 * Leave, unless somebody has just come who relies on this thread.
	 */
	private boolean leave() {
		Thread self = Thread.currentThread();
		this.thread.set(null);
		return (this.exchanges.isEmpty() && this.pool.isEmpty()) || !this.thread.compareAndSet(null, self);
	}

}
