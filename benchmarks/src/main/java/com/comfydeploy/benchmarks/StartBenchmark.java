package com.comfydeploy.benchmarks;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Benchmark of the start of a web application with Actuator, with and without the starter
 * on its class path.
 */
final class StartBenchmark {

	private static final int STARTS = Integer.getInteger("starts", 20);

	private StartBenchmark() {
	}

	static void run() throws IOException {
		long[] with = new long[STARTS];
		long[] without = new long[STARTS];
		for (int i = 0; i < STARTS; i++) {
			System.out.println("start " + (i + 1) + " of " + STARTS);
			with[i] = start(classPath(""));
			without[i] = start(classPath("comfydeploy|spring-retry"));
		}
		print("with the starter", with);
		print("without", without);
		System.out.printf("ratio of the medians %.3f, difference %d ms%n", (double) median(with) / median(without),
				median(with) - median(without));
	}

	private static long start(String classPath) throws IOException {
		Process process = ServerProcess
			.java(List.of("-XX:TieredStopAtLevel=1"), classPath, StartedApplication.class, "--comfydeploy.bearer=start",
					"--server.port=0", "--spring.main.banner-mode=off", "--logging.level.root=warn")
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		try (BufferedReader out = new BufferedReader(
				new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
			return out.lines()
				.filter((line) -> line.startsWith(StartedApplication.STARTED))
				.mapToLong((line) -> Long.parseLong(line.substring(StartedApplication.STARTED.length())))
				.findFirst()
				.orElseThrow();
		}
	}

	/** Return the class path without libraries whose names match. */
	private static String classPath(String without) throws IOException {
		Path jar = Path.of(System.getProperty("java.class.path")).toAbsolutePath();
		try (Stream<Path> libraries = Files.list(jar.resolveSibling("lib"))) {
			return Stream
				.concat(Stream.of(jar),
						libraries.filter((library) -> without.isEmpty() || Stream.of(without.split("\\|"))
							.noneMatch(library.getFileName().toString()::contains)))
				.map(Path::toString)
				.collect(Collectors.joining(File.pathSeparator));
		}
	}

	private static void print(String name, long[] times) {
		long[] sorted = times.clone();
		Arrays.sort(sorted);
		System.out.printf("Start %-17s median %d ms (%d..%d, the middle half %d..%d)%n", name, median(times), sorted[0],
				sorted[sorted.length - 1], sorted[sorted.length / 4], sorted[sorted.length * 3 / 4]);
	}

	private static long median(long[] times) {
		return Arrays.stream(times).sorted().toArray()[times.length / 2];
	}

}
