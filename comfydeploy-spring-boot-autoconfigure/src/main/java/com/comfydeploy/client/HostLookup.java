package com.comfydeploy.client;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Looks a host up before a request is sent to it, for the JDK to find it in its cache.
 * <p>
 * {@link java.net.http.HttpClient#send} looks up on its caller's thread, where neither a
 * timeout nor an interrupt ends it, and sends the request that was given up meanwhile.
 * Here all wait for one lookup on another thread, and give up when they like.
 */
final class HostLookup {

	/** Well within the 30 seconds for which a JVM keeps an address by default. */
	private static final Duration FRESH = Duration.ofSeconds(10);

	private final URI uri;

	private final Duration timeout;

	private final Executor executor;

	private final Resolver resolver;

	private final LongSupplier nanoTime;

	private @Nullable CompletableFuture<?> current;

	private long begun;

	/**
	 * Create a lookup.
	 * @param uri a URL of the host
	 * @param timeout how long to wait for it, less than any read timeout
	 * @param executor has the thread that a lookup takes
	 * @param nanoTime a monotonic clock
	 */
	HostLookup(URI uri, Duration timeout, Executor executor, Resolver resolver, LongSupplier nanoTime) {
		this.uri = uri;
		this.timeout = timeout;
		this.executor = executor;
		this.resolver = resolver;
		this.nanoTime = nanoTime;
	}

	/**
	 * Wait until the host has been looked up, unless that is a proxy's business.
	 * @throws UnknownHostException if there is no such host
	 * @throws HttpConnectTimeoutException if that is not known in time
	 */
	void await() throws IOException, InterruptedException {
		if (isProxied()) {
			return;
		}
		try {
			lookup().get(this.timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw new HttpConnectTimeoutException(
					"no address of " + this.uri.getHost() + " within " + this.timeout.toMillis() + " ms");
		}
		catch (ExecutionException ex) {
			throw new UnknownHostException(this.uri.getHost());
		}
	}

	private synchronized CompletableFuture<?> lookup() {
		CompletableFuture<?> lookup = this.current;
		if (lookup != null && (!lookup.isDone() || isFresh(lookup))) {
			return lookup;
		}
		CompletableFuture<Void> started = new CompletableFuture<>();
		this.begun = this.nanoTime.getAsLong();
		this.executor.execute(() -> resolve(started));
		this.current = started;
		return started;
	}

	private boolean isFresh(CompletableFuture<?> lookup) {
		return !lookup.isCompletedExceptionally() && this.nanoTime.getAsLong() - this.begun < FRESH.toNanos();
	}

	private void resolve(CompletableFuture<Void> lookup) {
		try {
			this.resolver.resolve(this.uri.getHost());
			lookup.complete(null);
		}
		catch (IOException | RuntimeException ex) {
			lookup.completeExceptionally(ex);
		}
	}

	private boolean isProxied() {
		ProxySelector selector = ProxySelector.getDefault();
		return selector != null
				&& selector.select(this.uri).stream().anyMatch((proxy) -> proxy.type() != Proxy.Type.DIRECT);
	}

	/**
	 * Looks hosts up.
	 */
	@FunctionalInterface
	interface Resolver {

		void resolve(String host) throws IOException;

	}

}
