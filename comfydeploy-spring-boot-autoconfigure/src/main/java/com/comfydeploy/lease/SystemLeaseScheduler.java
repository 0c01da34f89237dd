package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

import com.comfydeploy.internal.DaemonThreads;

/**
 * {@link LeaseScheduler} of the system's clock. One thread waits for the times of all
 * leases. An executor runs the tasks.
 */
final class SystemLeaseScheduler implements LeaseScheduler {

	private static final Duration AGAIN = Duration.ofSeconds(1);

	private final ScheduledThreadPoolExecutor scheduler;

	private final Executor executor;

	/** Its threads end by themselves. */
	private final Executor calls = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS,
			new SynchronousQueue<>(), threadFactory("comfydeploy-lease-store-"));

	/**
	 * Create the time.
	 * @param executor runs a task immediately, regardless of how many are running
	 */
	SystemLeaseScheduler(Executor executor) {
		this.scheduler = new ScheduledThreadPoolExecutor(1, threadFactory("comfydeploy-lease-timer-"));
		this.scheduler.setRemoveOnCancelPolicy(true);
		this.executor = executor;
	}

	static ThreadFactory threadFactory(String namePrefix) {
		AtomicInteger count = new AtomicInteger();
		return (task) -> DaemonThreads.create(namePrefix + count.incrementAndGet(),
				SystemLeaseScheduler.class.getClassLoader(), task);
	}

	@Override
	public Timer schedule(Runnable task, Duration delay) {
		try {
			Future<?> timer = this.scheduler.schedule(() -> start(task), delay.toNanos(), TimeUnit.NANOSECONDS);
			return () -> timer.cancel(false);
		}
		catch (RejectedExecutionException ex) {
			// closed
			return () -> {
			};
		}
	}

	/** A lease must continue even if the executor has rejected one of its tasks. */
	private void start(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RuntimeException | Error ex) {
			schedule(task, AGAIN);
		}
	}

	@Override
	public void execute(Runnable call) {
		this.calls.execute(call);
	}

	@Override
	public boolean await(CompletableFuture<?> future, Duration timeout) throws InterruptedException {
		try {
			future.get(Math.max(0, timeout.toNanos()), TimeUnit.NANOSECONDS);
			return true;
		}
		catch (TimeoutException ex) {
			return false;
		}
		catch (ExecutionException ex) {
			return true;
		}
	}

	@Override
	public void close() {
		this.scheduler.shutdownNow();
		if (this.executor instanceof ExecutorService service) {
			service.shutdown();
		}
	}

}
