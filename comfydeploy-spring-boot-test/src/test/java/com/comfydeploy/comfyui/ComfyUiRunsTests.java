package com.comfydeploy.comfyui;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import com.comfydeploy.test.ComfyUiRequest;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs many workflows while a tenth of the responses is lost, a twentieth is a 500, and a
 * twentieth of the WebSockets is dropped.
 */
class ComfyUiRunsTests {

	private static final int RUNS = 200;

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64", "0.3.39" })
	void eachWorkflowRunsOnceOrItsOutcomeIsUnknown(String version) throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.comfyUiVersion(version)
			.renderTime(Duration.ofSeconds(3))
			.frozen()
			.start(); ComfyUiClient client = ComfyUisBuilder.create().time(new OwnedTime(fake::advance)).build()) {
			// A year, or the time of the test ends the session
			String url = Workflows.url(fake, Duration.ofDays(365));
			ComfyUi comfyUi = client.at(url);
			breakMost(fake);
			List<ComfyUiResult> results = new ArrayList<>();
			List<ComfyUiException> unknown = new ArrayList<>();
			for (int seed = 0; seed < RUNS; seed++) {
				try {
					results
						.add(comfyUi.run(Workflows.picture("number " + seed, seed), Duration.ofHours(1), (progress) -> {
						}));
				}
				catch (ComfyUiUnavailableException ex) {
					assertThat(ex.isOutcomeUnknown()).as("of %s", ex.getMessage()).isTrue();
					unknown.add(ex);
				}
			}
			fake.clearFaults();
			Set<String> pictures = new HashSet<>();
			for (ComfyUiResult result : results) {
				assertThat(comfyUi.read(result.file())).isNotEmpty();
				assertThat(pictures.add(result.file().filename())).isTrue();
			}
			assertThat(results.size() + unknown.size()).isEqualTo(RUNS);
			// One request for each run, and no more prompts than runs
			assertThat(submissions(fake)).hasSize(RUNS);
			int made = made(url);
			assertThat(made).isBetween(results.size(), RUNS);
			// Nothing that was made is lost: the rest was not carried out
			assertThat(made).isEqualTo(results.size());
			assertThat(unknown).as("so much is not carried out at all").hasSizeBetween(1, RUNS / 4);
		}
	}

	@Test
	void runsOfManyThreadsDoNotMixTheirPictures() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().renderTime(Duration.ofMillis(5)).start();
				ComfyUiClient client = ComfyUisBuilder.create().build()) {
			ComfyUi comfyUi = client.at(Workflows.url(fake));
			List<Thread> threads = new ArrayList<>();
			Set<String> files = ConcurrentHashMap.newKeySet();
			for (int i = 0; i < 8; i++) {
				long seed = i;
				threads.add(new Thread(() -> {
					for (int run = 0; run < 5; run++) {
						files.add(comfyUi.run(Workflows.picture("a", seed * 100 + run), Duration.ofMinutes(1))
							.file()
							.filename());
					}
				}));
			}
			threads.forEach(Thread::start);
			for (Thread thread : threads) {
				thread.join();
			}
			assertThat(files).hasSize(40);
		}
	}

	private static void breakMost(FakeComfyDeploy fake) {
		String[] all = { "comfyui-submit", "comfyui-job", "comfyui-queue", "comfyui-history" };
		fake.fail(Fault.drop().carriedOut().on(all).randomly(0.07, 1));
		fake.fail(Fault.drop().on(all).randomly(0.03, 2));
		fake.fail(Fault.status(500).carriedOut().on(all).randomly(0.03, 3));
		fake.fail(Fault.status(500).on(all).randomly(0.02, 4));
		fake.fail(Fault.drop().carriedOut().on("comfyui-socket").randomly(0.05, 5));
	}

	private static List<ComfyUiRequest> submissions(FakeComfyDeploy fake) {
		return fake.comfyUiRequests().stream().filter((request) -> request.path().equals("/prompt")).toList();
	}

	/** The number of prompts that ComfyUI has run. */
	private static int made(String url) throws Exception {
		String history = HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(url + "/history")).build(), BodyHandlers.ofString())
			.body();
		return new ObjectMapper().readTree(history).size();
	}

}
