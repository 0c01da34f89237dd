package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@link SignalWaiter} whose time passes only by waiting, which takes no real time.
 */
final class SkippedTime implements SignalWaiter {

	private final AtomicLong nanos = new AtomicLong();

	final List<Duration> waits = new CopyOnWriteArrayList<>();

	@Override
	public long nanoTime() {
		return this.nanos.get();
	}

	@Override
	public void await(Signal signal, Duration duration) {
		this.waits.add(duration);
		this.nanos.addAndGet(duration.toNanos());
	}

}
