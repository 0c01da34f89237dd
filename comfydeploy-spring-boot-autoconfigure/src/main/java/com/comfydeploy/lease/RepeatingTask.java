package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Runs a task repeatedly, and never twice at the same time.
 */
final class RepeatingTask {

	private static final Duration AFTER_ERROR = Duration.ofSeconds(10);

	private static final Log logger = LogFactory.getLog(SessionLeases.class);

	private final LeaseScheduler scheduler;

	private final String purpose;

	private final Supplier<Duration> task;

	private final Object lock = new Object();

	private boolean running;

	private int generation;

	private boolean executing;

	private boolean due;

	private LeaseScheduler.@Nullable Timer timer;

	/**
	 * Create a task.
	 * @param purpose what the task does, for messages
	 * @param task the task, which returns the time to wait before its next run
	 */
	RepeatingTask(LeaseScheduler scheduler, String purpose, Supplier<Duration> task) {
		this.scheduler = scheduler;
		this.purpose = purpose;
		this.task = task;
	}

	/**
	 * Run the task now and from now on, unless it is running already.
	 */
	void start() {
		synchronized (this.lock) {
			if (!this.running) {
				this.running = true;
				this.due = this.executing;
				if (!this.executing) {
					schedule(Duration.ZERO);
				}
			}
		}
	}

	/**
	 * Run the task as soon as possible, if it is running at all.
	 */
	void runNow() {
		synchronized (this.lock) {
			this.due = this.executing;
			if (this.running && !this.executing) {
				if (this.timer != null) {
					this.timer.cancel();
				}
				schedule(Duration.ZERO);
			}
		}
	}

	/**
	 * Start no more runs.
	 */
	void stop() {
		synchronized (this.lock) {
			this.running = false;
			if (this.timer != null) {
				this.timer.cancel();
			}
		}
	}

	boolean isRunning() {
		synchronized (this.lock) {
			return this.running;
		}
	}

	private void schedule(Duration delay) {
		int generation = ++this.generation;
		this.timer = this.scheduler.schedule(() -> run(generation), delay);
	}

	private void run(int generation) {
		synchronized (this.lock) {
			if (this.executing || !this.running || generation != this.generation) {
				return;
			}
			this.executing = true;
		}
		Duration delay = AFTER_ERROR;
		try {
			delay = this.task.get();
		}
		catch (RuntimeException | Error ex) {
			logger.warn("Cannot " + this.purpose + " now", ex);
		}
		synchronized (this.lock) {
			this.executing = false;
			if (this.running) {
				schedule(this.due ? Duration.ZERO : delay);
				this.due = false;
			}
		}
	}

}
