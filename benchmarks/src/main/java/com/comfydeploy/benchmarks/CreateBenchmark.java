package com.comfydeploy.benchmarks;

import java.io.IOException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;

/**
 * Benchmark of requests that each open a connection of their own, in a separate process.
 * The competitors alternate from request to request, and their number is limited: a
 * competitor that runs alone for seconds uses up the free ports of the machine, and the
 * next one measures the search for a port.
 */
public final class CreateBenchmark {

	/** The JVM compiles a method to its final form after thousands of calls. */
	private static final int WARMUP_CALLS = Integer.getInteger("warmup", 20_000);

	private static final int ROUNDS = Integer.getInteger("rounds", 5);

	private static final int CALLS = Integer.getInteger("creates", 1000);

	private static final String BASELINE = "rawCreate";

	private CreateBenchmark() {
	}

	static void run(ServerProcess server, String url, boolean resumed) throws IOException, InterruptedException {
		List<String> options = new ArrayList<>(Arrays.asList(server.clientOptions(url)));
		options.add("-Dwarmup=" + WARMUP_CALLS);
		options.add("-Drounds=" + ROUNDS);
		options.add("-Dcreates=" + CALLS);
		options.add("-Dresumed=" + resumed);
		ServerProcess.java(options, System.getProperty("java.class.path"), CreateBenchmark.class)
			.inheritIO()
			.start()
			.waitFor();
	}

	public static void main(String[] args) throws Exception {
		String url = System.getProperty(SessionBenchmark.SERVER);
		SessionBenchmark calls = new SessionBenchmark();
		Map<String, Callable<?>> competitors = new LinkedHashMap<>();
		competitors.put(BASELINE, calls::rawCreate);
		competitors.put("oursCreate", calls::oursCreate);
		competitors.put("oursCreateObserved", calls::oursCreateObserved);
		if (!url.startsWith("https")) {
			measure("Creates by http", competitors, () -> {
			});
		}
		else if (Boolean.getBoolean("resumed")) {
			measure("Creates by https, TLS sessions resumed", competitors, () -> {
			});
		}
		else {
			measure("Creates by https, TLS sessions not resumed", competitors, CreateBenchmark::forgetTlsSessions);
		}
		calls.close();
	}

	private static void measure(String title, Map<String, Callable<?>> competitors, Runnable before) throws Exception {
		Map<String, List<Double>> medians = new LinkedHashMap<>();
		for (int round = 1 - WARMUP_CALLS / CALLS; round <= ROUNDS; round++) {
			Map<String, long[]> times = new LinkedHashMap<>();
			competitors.keySet().forEach((name) -> times.put(name, new long[CALLS]));
			for (int call = 0; call < CALLS; call++) {
				for (Map.Entry<String, Callable<?>> competitor : competitors.entrySet()) {
					before.run();
					long start = System.nanoTime();
					competitor.getValue().call();
					times.get(competitor.getKey())[call] = System.nanoTime() - start;
				}
			}
			if (round > 0) {
				times.forEach((name, values) -> medians.computeIfAbsent(name, (key) -> new ArrayList<>())
					.add(Arrays.stream(values).sorted().toArray()[CALLS / 2] / 1000.0));
			}
		}
		print(title, medians);
	}

	private static void print(String title, Map<String, List<Double>> medians) {
		System.out.printf("%n%s: medians of %d requests, in %d rounds; ratios to %s of the same round (least..most)%n",
				title, CALLS, ROUNDS, BASELINE);
		medians.forEach((name, values) -> {
			List<Double> ratios = new ArrayList<>();
			for (int round = 0; round < values.size(); round++) {
				ratios.add(values.get(round) / medians.get(BASELINE).get(round));
			}
			System.out.printf("%-20s %10.1f %8.2f (%.2f..%.2f)%n", name, median(values), median(ratios),
					Collections.min(ratios), Collections.max(ratios));
		});
	}

	private static double median(List<Double> values) {
		return values.stream().sorted().toList().get(values.size() / 2);
	}

	/** Force a full handshake on the next connection. */
	private static void forgetTlsSessions() {
		try {
			SSLSessionContext sessions = SSLContext.getDefault().getClientSessionContext();
			for (byte[] id : Collections.list(sessions.getIds())) {
				SSLSession session = sessions.getSession(id);
				if (session != null) {
					session.invalidate();
				}
			}
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
