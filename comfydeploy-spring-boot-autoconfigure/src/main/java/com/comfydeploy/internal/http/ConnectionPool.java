package com.comfydeploy.internal.http;

import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

	private final Map<Route, Deque<HttpConnection>> idle = new ConcurrentHashMap<>();

	private final AtomicInteger size = new AtomicInteger();

	private final LongSupplier nanoTime;

	private volatile boolean closed;

	ConnectionPool(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	@Nullable HttpConnection take(Route route) {
		Deque<HttpConnection> connections = this.idle.get(route);
		HttpConnection connection;
		while (connections != null && (connection = connections.pollFirst()) != null) {
			this.size.decrementAndGet();
			if (age(connection) < MAX_AGE && connection.isAlive()) {
				return connection;
			}
			connection.closeChannel();
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
		this.idle.compute(connection.route(), (route, present) -> {
			Deque<HttpConnection> connections = (present != null) ? present : new ConcurrentLinkedDeque<>();
			connections.addFirst(connection);
			return connections;
		});
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
		for (Deque<HttpConnection> connections : this.idle.values()) {
			Iterator<HttpConnection> oldestFirst = connections.descendingIterator();
			while (oldestFirst.hasNext()) {
				HttpConnection connection = oldestFirst.next();
				long left = MAX_AGE - age(connection);
				if (left > 0) {
					next = Math.min(next, left);
				}
				else if (connections.removeLastOccurrence(connection)) {
					this.size.decrementAndGet();
					connection.closeChannel();
				}
			}
		}
		this.idle.keySet().forEach((route) -> this.idle.computeIfPresent(route, (key, it) -> it.isEmpty() ? null : it));
		return next;
	}

	void close() {
		this.closed = true;
		for (Deque<HttpConnection> connections : this.idle.values()) {
			HttpConnection connection;
			while ((connection = connections.pollFirst()) != null) {
				this.size.decrementAndGet();
				connection.closeChannel();
			}
		}
	}

	private long age(HttpConnection connection) {
		return this.nanoTime.getAsLong() - connection.idleSince;
	}

}
