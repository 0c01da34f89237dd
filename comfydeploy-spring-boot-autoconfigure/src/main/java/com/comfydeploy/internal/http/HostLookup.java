package com.comfydeploy.internal.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

import com.comfydeploy.internal.DaemonThreads;

/**
 * Looks up hosts on separate threads, because neither a timeout nor an interrupt ends a
 * lookup. Concurrent callers share the lookup of a host.
 */
final class HostLookup {

	/** Shorter than the 30 seconds for which a JVM caches an address by default. */
	private static final long FRESH = TimeUnit.SECONDS.toNanos(10);

	private static final Pattern ADDRESS = Pattern.compile(".*:.*|[0-9.]+");

	private final Map<String, Lookup> lookups = new ConcurrentHashMap<>();

	private final String threadName;

	private final Resolver resolver;

	private final LongSupplier nanoTime;

	HostLookup(String threadName, Resolver resolver, LongSupplier nanoTime) {
		this.threadName = threadName;
		this.resolver = resolver;
		this.nanoTime = nanoTime;
	}

	/**
	 * Return the addresses of a host.
	 * @param exchange can abort the wait
	 */
	InetAddress[] resolve(String host, Exchange exchange) throws IOException {
		if (ADDRESS.matcher(host).matches()) {
			return InetAddress.getAllByName(host);
		}
		CompletableFuture<InetAddress[]> addresses = lookup(host).copy();
		try {
			exchange.waitFor(() -> addresses.cancel(false));
			return addresses.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ClosedByInterruptException();
		}
		catch (CancellationException | ExecutionException ex) {
			throw new UnknownHostException(host);
		}
	}

	private CompletableFuture<InetAddress[]> lookup(String host) {
		long now = this.nanoTime.getAsLong();
		this.lookups.values().removeIf((lookup) -> !lookup.isFresh(now));
		return this.lookups.computeIfAbsent(host, (key) -> new Lookup(now, start(host))).addresses();
	}

	private CompletableFuture<InetAddress[]> start(String host) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return this.resolver.resolve(host);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}, (task) -> DaemonThreads.create(this.threadName, null, task).start());
	}

	/**
	 * A lookup.
	 *
	 * @param start the time of its start
	 * @param addresses its result
	 */
	private record Lookup(long start, CompletableFuture<InetAddress[]> addresses) {

		boolean isFresh(long now) {
			return !this.addresses.isDone() || (!this.addresses.isCompletedExceptionally() && now - this.start < FRESH);
		}

	}

	/**
	 * Looks up a host.
	 */
	@FunctionalInterface
	interface Resolver {

		InetAddress[] resolve(String host) throws IOException;

	}

}
