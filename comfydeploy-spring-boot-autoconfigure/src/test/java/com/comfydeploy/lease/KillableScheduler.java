package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Scheduler of one of several JVMs, which can be killed or suspended while the time of
 * the test continues.
 */
final class KillableScheduler implements LeaseScheduler {

	private final VirtualTime time;

	private final List<Runnable> missed = new ArrayList<>();

	private boolean alive = true;

	private boolean stopped;

	KillableScheduler(VirtualTime time) {
		this.time = time;
	}

	/**
	 * Stop running tasks permanently, as after a SIGKILL.
	 */
	void kill() {
		this.alive = false;
	}

	/**
	 * Stop running tasks until {@link #resume()}, as after a SIGSTOP.
	 */
	void stop() {
		this.stopped = true;
	}

	/**
	 * Run the tasks that became due in the meantime, as after a SIGCONT.
	 */
	void resume() {
		this.stopped = false;
		List<Runnable> tasks = List.copyOf(this.missed);
		this.missed.clear();
		tasks.forEach(Runnable::run);
	}

	@Override
	public Instant now() {
		return this.time.now();
	}

	@Override
	public long nanoTime() {
		return this.time.nanoTime();
	}

	@Override
	public Timer schedule(Runnable task, Duration delay) {
		boolean[] cancelled = new boolean[1];
		Timer timer = this.time.schedule(() -> {
			Runnable unlessCancelled = () -> {
				if (!cancelled[0]) {
					task.run();
				}
			};
			if (this.alive && this.stopped) {
				this.missed.add(unlessCancelled);
			}
			else if (this.alive) {
				unlessCancelled.run();
			}
		}, delay);
		return () -> {
			cancelled[0] = true;
			timer.cancel();
		};
	}

	@Override
	public void execute(Runnable call) {
		this.time.execute(call);
	}

	@Override
	public boolean await(CompletableFuture<?> future, Duration timeout) throws InterruptedException {
		return this.time.await(future, timeout);
	}

	@Override
	public void close() {
		this.alive = false;
	}

}
