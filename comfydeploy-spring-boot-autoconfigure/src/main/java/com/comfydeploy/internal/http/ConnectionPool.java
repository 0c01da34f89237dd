package com.comfydeploy.internal.http;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * Pool of idle connections, the last used first. It is small, and its connections are
 * young, because a request must not be sent when the server closes the connection.
 */
final class ConnectionPool {

	/** Of all routes together. */
	static final int MAX_IDLE = 32;

	/** Seconds for which a server keeps an idle connection if it announces no time. */
	private static final long DEFAULT_TIMEOUT = 5;

	private static final Pattern ANNOUNCED_TIMEOUT = Pattern.compile("(?i)\\btimeout=(\\d{1,9})");

	/** Time before the server closes a connection in which it is not used. */
	private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(1200);

	static final long MAX_AGE = TimeUnit.SECONDS.toNanos(DEFAULT_TIMEOUT) - MARGIN;

	private final Deque<HttpConnection> idle = new ArrayDeque<>(MAX_IDLE);

	private final LongSupplier nanoTime;

	private boolean closed;

	ConnectionPool(LongSupplier nanoTime) {
		this.nanoTime = nanoTime;
	}

	/**
	 * Return the nanoseconds for which a connection can be kept after a response. They
	 * are negative if the server closes it too soon.
	 */
	static long maxAge(HttpResponse response) {
		Header keepAlive = response.getFirstHeader(HttpHeaders.KEEP_ALIVE);
		Matcher timeout = (keepAlive != null) ? ANNOUNCED_TIMEOUT.matcher(keepAlive.getValue()) : null;
		long seconds = (timeout != null && timeout.find()) ? Long.parseLong(timeout.group(1)) : DEFAULT_TIMEOUT;
		return Math.min(MAX_AGE, TimeUnit.SECONDS.toNanos(seconds) - MARGIN);
	}

	@Nullable HttpConnection take(Route route) {
		HttpConnection connection = remove(route);
		while (connection != null && !connection.isAlive()) {
			connection.closeChannel();
			connection = remove(route);
		}
		return connection;
	}

	private synchronized @Nullable HttpConnection remove(Route route) {
		for (HttpConnection connection : this.idle) {
			if (connection.route.equals(route) && timeLeft(connection) > 0) {
				this.idle.remove(connection);
				return connection;
			}
		}
		return null;
	}

	/**
	 * Add a connection, unless the pool is full or closed.
	 * @param maxAge nanoseconds for which to keep it
	 * @return whether it was added
	 */
	synchronized boolean put(HttpConnection connection, long maxAge) {
		if (this.closed || this.idle.size() == MAX_IDLE) {
			return false;
		}
		connection.idleUntil = this.nanoTime.getAsLong() + maxAge;
		this.idle.addFirst(connection);
		return true;
	}

	/**
	 * Close the connections that have been idle for too long.
	 * @return the nanoseconds until the next one expires
	 */
	synchronized long closeExpired() {
		long next = Long.MAX_VALUE;
		for (Iterator<HttpConnection> connections = this.idle.iterator(); connections.hasNext();) {
			HttpConnection connection = connections.next();
			long left = timeLeft(connection);
			if (left > 0) {
				next = Math.min(next, left);
			}
			else {
				connections.remove();
				connection.closeChannel();
			}
		}
		return next;
	}

	synchronized void close() {
		this.closed = true;
		this.idle.forEach(HttpConnection::closeChannel);
		this.idle.clear();
	}

	private long timeLeft(HttpConnection connection) {
		return connection.idleUntil - this.nanoTime.getAsLong();
	}

}
