package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * {@link SignalWaiter} whose time a test controls: a wait takes no real time, and
 * advances this time and other clocks.
 */
final class ControlledTime implements SignalWaiter {

	private final AtomicLong nanos = new AtomicLong();

	private final Consumer<Duration> others;

	final List<Duration> waits = new CopyOnWriteArrayList<>();

	ControlledTime(Consumer<Duration> others) {
		this.others = others;
	}

	Duration waited() {
		return this.waits.stream().reduce(Duration.ZERO, Duration::plus);
	}

	@Override
	public long nanoTime() {
		return this.nanos.get();
	}

	@Override
	public void await(Signal signal, Duration duration) throws InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		waitFor(duration);
	}

	void waitFor(Duration duration) {
		this.waits.add(duration);
		this.nanos.addAndGet(duration.toNanos());
		this.others.accept(duration);
	}

}
