package com.comfydeploy.client;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * An exchange under way, whose thread waits for its end. It ends at its timeout, or is
 * ended by another thread, by an interrupt: there is no other way out of
 * {@link java.net.http.HttpClient#send}. That interrupt is not seen by anybody else.
 */
final class OngoingExchange {

	private final Thread thread = Thread.currentThread();

	private final CompletableFuture<Void> timer = new CompletableFuture<>();

	private boolean over;

	private boolean interrupted;

	private @Nullable IOException reason;

	OngoingExchange(Duration timeout) {
		this.timer.orTimeout(Time.nanos(timeout), TimeUnit.NANOSECONDS).whenComplete((result, expired) -> {
			if (expired != null) {
				end(new HttpTimeoutException("no complete response within " + timeout.toMillis() + " ms"));
			}
		});
	}

	/**
	 * End it, unless it is over, or its thread has been interrupted by somebody else and
	 * so ends it anyway.
	 */
	synchronized void end(IOException reason) {
		if (!this.over && !this.thread.isInterrupted()) {
			this.over = true;
			this.reason = reason;
			this.interrupted = true;
			this.thread.interrupt();
		}
	}

	/**
	 * Called by its own thread once it is over.
	 * @return why it was ended, or {@code null} if it was not
	 */
	@Nullable IOException over() {
		this.timer.complete(null);
		synchronized (this) {
			this.over = true;
			if (this.interrupted) {
				this.interrupted = false;
				Thread.interrupted();
			}
			return this.reason;
		}
	}

}
