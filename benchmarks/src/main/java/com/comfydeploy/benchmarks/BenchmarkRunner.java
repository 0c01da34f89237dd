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
 * Runs all candidates in turn for several rounds, so that a machine that becomes slower
 * affects all of them, and prints ratios. The arguments are the parts to run:
 * {@code calls}, {@code https}, {@code creates}, {@code threads}, {@code virtual},
 * {@code heap}, {@code start}; without arguments, all parts run.
 */
public final class BenchmarkRunner {

	private static final String BASELINE = "httpClient5";

	private static final List<String> CALLS = List.of("rawSocket", "jdkHttpClient", "restClient", BASELINE, "ours",
			"oursObserved", "oursNotFound", "oursRetried", "httpClient5Remote", "oursRemote", "oursList");

	private static final List<String> SECURE_CALLS = List.of("rawSocket", "jdkHttpClient", "restClient", BASELINE,
			"ours", "oursObserved");

	private static final List<String> GETS = List.of("jdkHttpClient", "restClient", BASELINE, "ours", "oursObserved");

	private static final int ROUNDS = Integer.getInteger("rounds", 5);

	private static final List<String> ONLY = List.of(System.getProperty("only", "").split(","));

	private static final int SECONDS = Integer.getInteger("seconds", 3);

	private BenchmarkRunner() {
	}

	public static void main(String[] args) throws Exception {
		List<String> parts = (args.length > 0) ? List.of(args)
				: List.of("calls", "https", "creates", "threads", "virtual", "heap", "start");
		try (ServerProcess server = ServerProcess.start()) {
			if (parts.contains("calls")) {
				run(server, server.url(), SessionBenchmark.class, CALLS, 1).print("Calls, 1 thread (microseconds)");
			}
			if (parts.contains("https")) {
				run(server, server.secureUrl(), SessionBenchmark.class, SECURE_CALLS, 1)
					.print("Calls over HTTPS, 1 thread (microseconds)");
			}
			if (parts.contains("creates")) {
				CreateBenchmark.run(server, server.url(), false);
				CreateBenchmark.run(server, server.secureUrl(), true);
				CreateBenchmark.run(server, server.secureUrl(), false);
			}
			if (parts.contains("threads")) {
				run(server, server.url(), SessionBenchmark.class, GETS, 8).print("Calls, 8 threads (microseconds)");
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
		run(server, server.url(), VirtualThreadsBenchmark.class, GETS, 1)
			.print("1,000 virtual threads (microseconds per call, many calls run concurrently)");
	}

	private static RatioTable run(ServerProcess server, String url, Class<?> type, List<String> benchmarks, int threads)
			throws Exception {
		RatioTable table = new RatioTable(BASELINE);
		for (int round = 1; round <= ROUNDS; round++) {
			for (String benchmark : benchmarks) {
				if (!ONLY.contains("") && !ONLY.contains(benchmark)) {
					continue;
				}
				System.out.println("round " + round + " of " + ROUNDS + ": " + benchmark);
				int connections = server.connections();
				for (RunResult result : run(server, url, type.getSimpleName() + "\\." + benchmark + "$", threads)) {
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

	private static Iterable<RunResult> run(ServerProcess server, String url, String benchmark, int threads)
			throws RunnerException {
		return new Runner(new OptionsBuilder().include(benchmark)
			.jvmArgsAppend(server.clientOptions(url))
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
