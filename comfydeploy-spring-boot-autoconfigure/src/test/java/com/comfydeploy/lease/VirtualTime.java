package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * {@link LeaseScheduler} whose time passes only when a test advances it, and then
 * immediately. All tasks run on the thread that advances the time. While a task takes
 * virtual time, tasks that are due run first.
 */
class VirtualTime implements LeaseScheduler {

	private final PriorityQueue<Task> tasks = new PriorityQueue<>(
			Comparator.comparing(Task::at).thenComparing(Task::number));

	private final Consumer<Duration> timeListener;

	/** Runs calls that may never return. */
	private Executor calls = Runnable::run;

	private Duration now = Duration.ZERO;

	private Instant wallClock = Instant.parse("2026-11-23T18:00:00Z");

	private long number;

	private boolean closed;

	VirtualTime() {
		this((duration) -> {
		});
	}

	/**
	 * Create a scheduler.
	 * @param timeListener receives each duration by which time advances
	 */
	VirtualTime(Consumer<Duration> timeListener) {
		this.timeListener = timeListener;
	}

	/**
	 * The time that has passed.
	 */
	Duration elapsed() {
		return this.now;
	}

	void runCallsOn(Executor calls) {
		this.calls = calls;
	}

	void moveWallClock(Duration duration) {
		this.wallClock = this.wallClock.plus(duration);
	}

	@Override
	public Instant now() {
		return this.wallClock.plus(this.now);
	}

	/** Overflows after an hour, as a monotonic clock may. */
	@Override
	public long nanoTime() {
		return Long.MAX_VALUE - Duration.ofHours(1).toNanos() + this.now.toNanos();
	}

	@Override
	public Timer schedule(Runnable runnable, Duration delay) {
		if (this.closed) {
			return () -> {
			};
		}
		Task task = new Task(this.now.plus(delay.isNegative() ? Duration.ZERO : delay), this.number++, runnable);
		this.tasks.add(task);
		return () -> this.tasks.remove(task);
	}

	@Override
	public void execute(Runnable call) {
		this.calls.execute(call);
	}

	@Override
	public boolean await(CompletableFuture<?> future, Duration timeout) throws InterruptedException {
		Duration end = this.now.plus(timeout);
		while (!future.isDone()) {
			if (Thread.interrupted()) {
				throw new InterruptedException();
			}
			if (!runNext(end)) {
				return future.isDone();
			}
		}
		return true;
	}

	@Override
	public void close() {
		this.closed = true;
		this.tasks.clear();
	}

	/**
	 * The number of tasks that wait to be run.
	 */
	int scheduled() {
		return this.tasks.size();
	}

	boolean isClosed() {
		return this.closed;
	}

	void pass(Duration duration) {
		Duration end = this.now.plus(duration);
		while (runNext(end)) {
			// the next
		}
	}

	/**
	 * Run the next task that is due, or move to the end if there is none.
	 * @return whether there was one
	 */
	private boolean runNext(Duration end) {
		Task task = this.tasks.peek();
		if (task == null || task.at().compareTo(end) > 0) {
			moveTo(end);
			return false;
		}
		this.tasks.remove();
		moveTo(task.at());
		task.runnable().run();
		return true;
	}

	private void moveTo(Duration time) {
		if (time.compareTo(this.now) > 0) {
			this.timeListener.accept(time.minus(this.now));
			this.now = time;
		}
	}

	private record Task(Duration at, long number, Runnable runnable) {

	}

}
