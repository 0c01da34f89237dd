package com.comfydeploy.lease;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Measures how much slower than usual this machine is, because it has other work to do or
 * is suspended. The load average alone is not enough, because it covers a whole minute.
 */
final class MachineLoad {

	private static final Path LOADAVG = Path.of("/proc/loadavg");

	private static final long INTERVAL = Duration.ofMillis(100).toNanos();

	private static final long STALL = Duration.ofMillis(500).toNanos();

	private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

	private long sampledAt = System.nanoTime();

	private int samples;

	private long runnable;

	private long stalled;

	/**
	 * Take a sample, unless the last one is recent. It must be called several times a
	 * second.
	 */
	void sample() {
		long now = System.nanoTime();
		long elapsed = now - this.sampledAt;
		if (elapsed >= INTERVAL) {
			this.sampledAt = now;
			this.stalled += (elapsed > STALL) ? elapsed : 0;
			this.samples++;
			this.runnable += runnable();
		}
	}

	/**
	 * Return how long the caller could not run.
	 */
	Duration stalled() {
		return Duration.ofNanos(this.stalled);
	}

	/**
	 * Return the number of threads for each processor that could run, at least 1.
	 */
	double factor() {
		double now = (this.samples > 0) ? (double) this.runnable / this.samples : 0;
		double lastMinute = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
		return Math.max(1, Math.max(now, lastMinute) / PROCESSORS);
	}

	/**
	 * Return the number of threads of all processes that can run now, or zero where only
	 * the load average is known.
	 */
	private static int runnable() {
		try {
			String[] values = Files.readString(LOADAVG).split(" ");
			return Integer.parseInt(values[3].substring(0, values[3].indexOf('/')));
		}
		catch (IOException ex) {
			return 0;
		}
	}

}
