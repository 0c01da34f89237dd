package com.comfydeploy.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Benchmark of the heap that remains in use after a million calls, in a separate process.
 */
public final class HeapBenchmark {

	private static final int FEW = 10_000;

	private static final int MANY = Integer.getInteger("calls", 1_000_000);

	private static final int THREADS = 4;

	private HeapBenchmark() {
	}

	static void run(String url) throws IOException, InterruptedException {
		System.out.println("heap: " + MANY + " calls");
		ServerProcess
			.java(List.of("-D" + SessionBenchmark.SERVER + "=" + url, "-Dcalls=" + MANY),
					System.getProperty("java.class.path"), HeapBenchmark.class)
			.inheritIO()
			.start()
			.waitFor();
	}

	public static void main(String[] args) throws Exception {
		SessionBenchmark calls = new SessionBenchmark();
		call(calls, FEW);
		long few = liveHeap();
		call(calls, MANY - FEW);
		long many = liveHeap();
		System.out.printf("%nLive heap after %,d calls %,d bytes, after %,d calls %,d bytes: ratio %.3f%n", FEW, few,
				MANY, many, (double) many / few);
		calls.close();
	}

	private static void call(SessionBenchmark calls, int count) throws InterruptedException {
		AtomicInteger left = new AtomicInteger(count);
		Thread[] threads = new Thread[THREADS];
		for (int i = 0; i < THREADS; i++) {
			threads[i] = new Thread(() -> {
				while (left.getAndDecrement() > 0) {
					calls.oursObserved();
				}
			});
			threads[i].start();
		}
		for (Thread thread : threads) {
			thread.join();
		}
	}

	private static long liveHeap() throws InterruptedException {
		for (int i = 0; i < 5; i++) {
			System.gc();
			Thread.sleep(200);
		}
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

}
