package com.comfydeploy.benchmarks;

import java.util.List;
import java.util.Map;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the competitors in turn, several times, so that a machine that gets slower gets
 * slower for all, and prints ratios. Takes the parts to run as arguments: {@code calls},
 * {@code threads}, {@code virtual}, {@code heap}, {@code start}; without any, all.
 */
public final class BenchmarkRunner {

	private static final String BASELINE = "restClient";

	private static final List<String> CALLS = List.of("rawSocket", "jdkHttpClient", BASELINE, "ours", "oursObserved",
			"oursNotFound", "oursRetried", "oursCreate", "oursList");

	private static final List<String> GETS = List.of("jdkHttpClient", BASELINE, "oursObserved");

	private static final int ROUNDS = Integer.getInteger("rounds", 5);

	private static final int SECONDS = Integer.getInteger("seconds", 3);

	private BenchmarkRunner() {
	}

	public static void main(String[] args) throws Exception {
		List<String> parts = (args.length > 0) ? List.of(args)
				: List.of("calls", "threads", "virtual", "heap", "start");
		try (ServerProcess server = ServerProcess.start()) {
			if (parts.contains("calls")) {
				run(server, SessionBenchmark.class, CALLS, 1).print("Calls, 1 thread (microseconds)");
			}
			if (parts.contains("threads")) {
				run(server, SessionBenchmark.class, GETS, 8).print("Calls, 8 threads (microseconds)");
			}
			if (parts.contains("virtual")) {
				virtualThreads(server);
			}
			if (parts.contains("heap")) {
				HeapBenchmark.run(server.url());
			}
		}
		if (parts.contains("start")) {
			StartBenchmark.run();
		}
	}

	private static void virtualThreads(ServerProcess server) throws Exception {
		if (Runtime.version().feature() < 21) {
			System.out.println("Virtual threads: not run, this is JDK " + Runtime.version().feature());
			return;
		}
		run(server, VirtualThreadsBenchmark.class, GETS, 1)
			.print("1,000 virtual threads (microseconds a call, of which many run at once)");
	}

	private static RatioTable run(ServerProcess server, Class<?> type, List<String> benchmarks, int threads)
			throws Exception {
		RatioTable table = new RatioTable(BASELINE);
		for (int round = 1; round <= ROUNDS; round++) {
			for (String benchmark : benchmarks) {
				System.out.println("round " + round + " of " + ROUNDS + ": " + benchmark);
				int connections = server.connections();
				for (RunResult result : run(server.url(), type.getSimpleName() + "\\." + benchmark + "$", threads)) {
					String size = result.getParams().getParam("size");
					table.add(benchmark + ((size != null) ? " " + size : ""),
							Map.of("time", result.getPrimaryResult().getStatistics().getPercentile(50), "bytes",
									result.getSecondaryResults().get("gc.alloc.rate.norm").getScore(), "connections",
									(double) server.connections() - connections));
				}
			}
		}
		return table;
	}

	private static Iterable<RunResult> run(String url, String benchmark, int threads) throws RunnerException {
		return new Runner(new OptionsBuilder().include(benchmark)
			.jvmArgsAppend("-D" + SessionBenchmark.SERVER + "=" + url)
			.forks(1)
			.threads(threads)
			.warmupIterations(3)
			.warmupTime(TimeValue.seconds(SECONDS))
			.measurementIterations(3)
			.measurementTime(TimeValue.seconds(SECONDS))
			.addProfiler(GCProfiler.class)
			.verbosity(VerboseMode.SILENT)
			.build()).run();
	}

}
