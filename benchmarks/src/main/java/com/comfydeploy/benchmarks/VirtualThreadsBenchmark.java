package com.comfydeploy.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Benchmark of five calls on each of a thousand virtual threads: the total time divided
 * by the number of calls.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class VirtualThreadsBenchmark {

	private static final int THREADS = 1000;

	private static final int CALLS = 5;

	private final SessionBenchmark calls = new SessionBenchmark();

	private final ExecutorService executor = newVirtualThreadPerTaskExecutor();

	@Benchmark
	@OperationsPerInvocation(THREADS * CALLS)
	public void jdkHttpClient() throws Exception {
		run(this.calls::jdkHttpClient);
	}

	@Benchmark
	@OperationsPerInvocation(THREADS * CALLS)
	public void restClient() throws Exception {
		run(this.calls::restClient);
	}

	@Benchmark
	@OperationsPerInvocation(THREADS * CALLS)
	public void httpClient5() throws Exception {
		run(this.calls::httpClient5);
	}

	@Benchmark
	@OperationsPerInvocation(THREADS * CALLS)
	public void ours() throws Exception {
		run(this.calls::ours);
	}

	@Benchmark
	@OperationsPerInvocation(THREADS * CALLS)
	public void oursObserved() throws Exception {
		run(this.calls::oursObserved);
	}

	private void run(Callable<?> call) throws Exception {
		List<Future<?>> futures = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			futures.add(this.executor.submit(() -> {
				for (int j = 0; j < CALLS; j++) {
					call.call();
				}
				return null;
			}));
		}
		for (Future<?> future : futures) {
			future.get();
		}
	}

	@TearDown
	public void close() throws Exception {
		this.executor.shutdown();
		this.calls.close();
	}

	/** Call the method by reflection: the lowest supported JDK does not have it. */
	private static ExecutorService newVirtualThreadPerTaskExecutor() {
		try {
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
