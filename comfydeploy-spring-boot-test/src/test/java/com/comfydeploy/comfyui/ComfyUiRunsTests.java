package com.comfydeploy.comfyui;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests many runs while a tenth of the responses is lost, a twentieth is a 500, a
 * twentieth of the WebSockets is dropped, and the network breaks and delays connections.
 * The faults depend on a seed, which {@code -Dcomfyui.seed=7} sets.
 */
@Timeout(120)
class ComfyUiRunsTests {

	private static final long SEED = Long.getLong("comfyui.seed", 18);

	@ParameterizedTest
	@CsvSource({ "0.33.0, 200", "0.3.64, 60", "0.3.39, 60" })
	void eachWorkflowRunsOnceOrItsOutcomeIsUnknown(String version, int runs) throws Exception {
		Outcomes outcomes = run(version, runs, 1, Duration.ofSeconds(30), 0);
		// The client found each prompt that ran
		assertThat(outcomes.unknown.keySet()).as("with seed %d", SEED)
			.doesNotContainAnyElementsOf(outcomes.ran.keySet());
	}

	/** The order of the faults depends on the threads here. */
	@Test
	void threadsThatShareASessionGetTheirOwnPictures() throws Exception {
		run("0.33.0", 200, 4, Duration.ofSeconds(1), 20);
	}

	private static Outcomes run(String version, int runs, int threads, Duration readTimeout, int stallEvery)
			throws Exception {
		System.out.println("ComfyUiRunsTests: ComfyUI " + version + ", " + runs + " runs, " + threads
				+ " thread(s), seed " + SEED);
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.comfyUiVersion(version)
			.renderTime(Duration.ofSeconds(3))
			.frozen()
			.start();
				ComfyUiClient client = ComfyUisBuilder.create()
					.readTimeout(readTimeout)
					.time(new ControlledTime(fake::advance))
					.build()) {
			// A year, or the time of the test ends the session
			String url = Workflows.url(fake, Duration.ofDays(365));
			try (UnreliableNetwork network = new UnreliableNetwork(URI.create(url), SEED, stallEvery)) {
				Outcomes outcomes = new Outcomes(runs);
				ComfyUi comfyUi = client.at(network.url());
				breakResponses(fake);
				AtomicInteger next = new AtomicInteger();
				List<Thread> workers = IntStream.range(0, threads).mapToObj((i) -> new Thread(() -> {
					for (int run = next.getAndIncrement(); run < runs; run = next.getAndIncrement()) {
						outcomes.add("number " + run, comfyUi, run);
					}
				})).toList();
				workers.forEach(Thread::start);
				for (Thread worker : workers) {
					worker.join();
				}
				fake.clearFaults();
				outcomes.countRuns(url);
				outcomes.check(submissions(fake), client.at(url));
				network.check();
				return outcomes;
			}
		}
	}

	private static void breakResponses(FakeComfyDeploy fake) {
		String[] all = { "comfyui-submit", "comfyui-job", "comfyui-queue", "comfyui-history", "comfyui-view" };
		fake.fail(Fault.drop().carriedOut().on(all).randomly(0.07, SEED + 1));
		fake.fail(Fault.truncated().on(all).randomly(0.02, SEED + 2));
		fake.fail(Fault.drop().on(all).randomly(0.03, SEED + 3));
		fake.fail(Fault.status(500).carriedOut().on(all).randomly(0.03, SEED + 4));
		fake.fail(Fault.status(500).on(all).randomly(0.02, SEED + 5));
		fake.fail(Fault.drop().carriedOut().on("comfyui-socket").randomly(0.05, SEED + 6));
	}

	private static long submissions(FakeComfyDeploy fake) {
		return fake.comfyUiRequests().stream().filter((request) -> request.path().equals("/prompt")).count();
	}

	/**
	 * Outcomes of the runs, by the text of their workflows.
	 */
	private static final class Outcomes {

		private final int runs;

		private final Map<String, ComfyUiResult> results = new ConcurrentHashMap<>();

		private final Map<String, byte[]> pictures = new ConcurrentHashMap<>();

		private final Map<String, ComfyUiUnavailableException> unknown = new ConcurrentHashMap<>();

		private final Map<String, Throwable> unexpected = new ConcurrentHashMap<>();

		/** Files of each run of a workflow. */
		private final Map<String, List<String>> ran = new ConcurrentHashMap<>();

		Outcomes(int runs) {
			this.runs = runs;
		}

		void add(String text, ComfyUi comfyUi, int seed) {
			try {
				ComfyUiResult result = comfyUi.run(Workflows.picture(text, seed), Duration.ofHours(1), (progress) -> {
				});
				this.results.put(text, result);
				this.pictures.put(text, read(comfyUi, result.file()));
			}
			catch (ComfyUiUnavailableException ex) {
				if (ex.isOutcomeUnknown()) {
					this.unknown.put(text, ex);
				}
				else {
					this.unexpected.put(text, ex);
				}
			}
			catch (RuntimeException | AssertionError ex) {
				this.unexpected.put(text, ex);
			}
		}

		/** Read a file again after a failure. */
		private static byte[] read(ComfyUi comfyUi, OutputFile file) {
			ComfyUiUnavailableException failure = null;
			for (int i = 0; i < 5; i++) {
				try {
					return comfyUi.read(file);
				}
				catch (ComfyUiUnavailableException ex) {
					failure = ex;
				}
			}
			throw failure;
		}

		void countRuns(String url) throws Exception {
			JsonNode history = new ObjectMapper().readTree(HttpClient.newHttpClient()
				.send(HttpRequest.newBuilder(URI.create(url + "/history")).build(), BodyHandlers.ofString())
				.body());
			for (JsonNode entry : history) {
				assertThat(entry.at("/status/status_str").asText()).isEqualTo("success");
				this.ran.merge(entry.at("/prompt/2/2/inputs/text").asText(),
						List.of(entry.at("/outputs/7/images/0/filename").asText()),
						(a, b) -> Stream.concat(a.stream(), b.stream()).toList());
			}
		}

		void check(long submissions, ComfyUi comfyUi) {
			assertThat(this.unexpected).as("with seed %d", SEED).isEmpty();
			assertThat(this.results.size() + this.unknown.size()).isEqualTo(this.runs);
			assertThat(submissions).isLessThanOrEqualTo(this.runs);
			assertThat(this.ran)
				.allSatisfy((text, files) -> assertThat(files).as("%s, seed %d", text, SEED).hasSize(1));
			// Each run has the picture of its own workflow
			this.results.forEach((text, result) -> {
				assertThat(this.ran.get(text)).containsExactly(result.file().filename());
				assertThat(this.pictures.get(text)).isEqualTo(comfyUi.read(result.file()));
			});
			Set<String> different = this.pictures.values().stream().map(Arrays::toString).collect(Collectors.toSet());
			assertThat(different).hasSize(this.pictures.size());
			assertThat(new HashSet<>(this.ran.values())).hasSize(this.ran.size());
			assertThat(this.unknown.values())
				.allSatisfy((failure) -> assertThat(failure).hasMessageContaining("The outcome is unknown"));
			assertThat(this.unknown).as("so many are not carried out at all")
				.hasSizeBetween(this.runs / 200, this.runs / 4);
		}

	}

}
