package com.comfydeploy.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Table of the measurements of each round, relative to the baseline of the same round.
 */
final class RatioTable {

	private final String baseline;

	private final Map<String, List<Map<String, Double>>> rounds = new LinkedHashMap<>();

	RatioTable(String baseline) {
		this.baseline = baseline;
	}

	void add(String name, Map<String, Double> figures) {
		this.rounds.computeIfAbsent(name, (key) -> new ArrayList<>()).add(figures);
	}

	void print(String title) {
		System.out.printf("%n%s, median of %d rounds; ratios to %s (least..most)%n", title,
				this.rounds.get(this.baseline).size(), this.baseline);
		System.out.printf("%-16s %10s %20s %10s %20s %12s%n", "", "time", "ratio", "bytes", "ratio", "connections");
		this.rounds.forEach((name, figures) -> System.out.printf("%-16s %10.1f %20s %10.0f %20s %12.0f%n", name,
				median(figures, "time"), ratio(figures, "time"), median(figures, "bytes"), ratio(figures, "bytes"),
				median(figures, "connections")));
	}

	private String ratio(List<Map<String, Double>> figures, String figure) {
		List<Map<String, Double>> baselines = this.rounds.get(this.baseline);
		List<Double> ratios = new ArrayList<>();
		for (int round = 0; round < figures.size(); round++) {
			ratios.add(figures.get(round).get(figure) / baselines.get(round).get(figure));
		}
		ratios.sort(null);
		return String.format("%.2f (%.2f..%.2f)", ratios.get(ratios.size() / 2), ratios.get(0),
				ratios.get(ratios.size() - 1));
	}

	private static double median(List<Map<String, Double>> figures, String figure) {
		return figures.stream().mapToDouble((round) -> round.get(figure)).sorted().toArray()[figures.size() / 2];
	}

}
