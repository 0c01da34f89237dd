package com.comfydeploy.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the competitors in turn, several times, so that a machine that gets slower gets
 * slower for all, and prints ratios.
 */
public final class BenchmarkRunner {

	private static final String BASELINE = "restClient";

	private static final List<String> BENCHMARKS = List.of("rawSocket", "jdkHttpClient", BASELINE, "ours",
			"oursObserved", "oursNotFound", "oursRetried", "oursCreate", "oursList");

	private BenchmarkRunner() {
	}

	public static void main(String[] args) throws Exception {
		int rounds = Integer.getInteger("rounds", 5);
		int threads = Integer.getInteger("threads", 1);
		String only = System.getProperty("only", "");
		Process server = new ProcessBuilder(
				System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", "-cp",
				System.getProperty("java.class.path"), BenchmarkServer.class.getName())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader out = new BufferedReader(
				new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII))) {
			String url = "http://localhost:" + out.readLine() + "/api";
			print(run(url, rounds, threads, only));
		}
		finally {
			server.destroy();
		}
	}

	private static Map<String, List<double[]>> run(String url, int rounds, int threads, String only) throws Exception {
		Map<String, List<double[]>> results = new LinkedHashMap<>();
		for (int round = 1; round <= rounds; round++) {
			for (String benchmark : BENCHMARKS) {
				if (!only.isEmpty() && !List.of(only.split(",")).contains(benchmark)) {
					continue;
				}
				System.out.println("round " + round + " of " + rounds + ": " + benchmark);
				for (RunResult result : new Runner(new OptionsBuilder().include("SessionBenchmark\\." + benchmark + "$")
					.jvmArgsAppend("-D" + SessionBenchmark.SERVER + "=" + url)
					.forks(1)
					.threads(threads)
					.warmupIterations(2)
					.warmupTime(TimeValue.seconds(2))
					.measurementIterations(2)
					.measurementTime(TimeValue.seconds(2))
					.addProfiler(GCProfiler.class)
					.verbosity(VerboseMode.SILENT)
					.build()).run()) {
					String size = result.getParams().getParam("size");
					results.computeIfAbsent(benchmark + ((size != null) ? " " + size : ""), (key) -> new ArrayList<>())
						.add(new double[] { result.getPrimaryResult().getStatistics().getPercentile(50),
								result.getSecondaryResults().get("gc.alloc.rate.norm").getScore() });
				}
			}
		}
		return results;
	}

	private static void print(Map<String, List<double[]>> results) {
		List<double[]> baseline = results.get(BASELINE);
		System.out.printf("%n%-18s %10s %10s   %s%n", "get, unless said", "median us", "bytes",
				(baseline != null) ? "time / bare RestClient (min..max)   bytes / bare RestClient" : "");
		results.forEach((benchmark, rounds) -> {
			String ratios = "";
			if (baseline != null) {
				ratios = ratio(rounds, baseline, 0) + "   " + ratio(rounds, baseline, 1);
			}
			System.out.printf("%-18s %10.1f %10.0f   %s%n", benchmark, median(rounds, 0), median(rounds, 1), ratios);
		});
	}

	private static String ratio(List<double[]> rounds, List<double[]> baseline, int index) {
		List<Double> ratios = new ArrayList<>();
		for (int i = 0; i < Math.min(rounds.size(), baseline.size()); i++) {
			ratios.add(rounds.get(i)[index] / baseline.get(i)[index]);
		}
		Collections.sort(ratios);
		return String.format("%.2f (%.2f..%.2f)", ratios.get(ratios.size() / 2), ratios.get(0),
				ratios.get(ratios.size() - 1));
	}

	private static double median(List<double[]> rounds, int index) {
		return rounds.stream().mapToDouble((round) -> round[index]).sorted().toArray()[rounds.size() / 2];
	}

}
