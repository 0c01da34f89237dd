package com.comfydeploy.internal.http;

import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Pool of idle connections, the last used first. It is small, and its connections are
 * young: a server keeps an idle connection for 5 seconds, and a request must not be sent
 * when it closes.
 */
final class ConnectionPool {

	/** Of all routes together. */
	static final int MAX_IDLE = 32;

	static final long MAX_AGE = TimeUnit.MILLISECONDS.toNanos(3800);

	private final Deque<HttpConnection> idle = new ConcurrentLinkedDeque<>();

	private final AtomicInteger size = new AtomicInteger();

	private final LongSupplier nanoTime;

	private volatile boolean closed;

	ConnectionPool(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	@Nullable HttpConnection take(Route route) {
		for (HttpConnection connection : this.idle) {
			if (connection.route().equals(route) && remove(connection)) {
				if (age(connection) < MAX_AGE && connection.isAlive()) {
					return connection;
				}
				connection.closeChannel();
			}
		}
		return null;
	}

	/**
	 * Add a connection, or close it if the pool is full.
	 * @return whether it was added
	 */
	boolean put(HttpConnection connection) {
		if (this.size.incrementAndGet() > MAX_IDLE) {
			this.size.decrementAndGet();
			connection.closeChannel();
			return false;
		}
		connection.idleSince = this.nanoTime.getAsLong();
		this.idle.addFirst(connection);
		if (this.closed) {
			close();
		}
		return true;
	}

	boolean isEmpty() {
		return this.size.get() == 0;
	}

	/**
	 * Close the connections that have been idle for too long.
	 * @return the nanoseconds until the next one expires
	 */
	long closeExpired() {
		long next = Long.MAX_VALUE;
		for (HttpConnection connection : this.idle) {
			long left = MAX_AGE - age(connection);
			if (left > 0) {
				next = Math.min(next, left);
			}
			else if (remove(connection)) {
				connection.closeChannel();
			}
		}
		return next;
	}

	void close() {
		this.closed = true;
		for (HttpConnection connection : this.idle) {
			if (remove(connection)) {
				connection.closeChannel();
			}
		}
	}

	private boolean remove(HttpConnection connection) {
		boolean removed = this.idle.remove(connection);
		if (removed) {
			this.size.decrementAndGet();
		}
		return removed;
	}

	private long age(HttpConnection connection) {
		return this.nanoTime.getAsLong() - connection.idleSince;
	}

}
