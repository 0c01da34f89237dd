package com.comfydeploy.comfyui;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;

import com.comfydeploy.test.ComfyUiRequest;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Tests for {@link ComfyUi} against the ComfyUI of a fake session, in a time that the
 * test controls.
 */
@ExtendWith(OutputCaptureExtension.class)
class ComfyUiClientTests {

	private static final Duration TIMEOUT = Duration.ofMinutes(2);

	private FakeComfyDeploy fake;

	private ComfyUiClient client;

	private ComfyUi comfyUi;

	private ControlledTime time;

	private String url;

	@AfterEach
	void stop() {
		if (this.client != null) {
			this.client.close();
			this.fake.close();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64", "0.3.39" })
	void workflowBecomesAPicture(String version) throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofSeconds(10)));
		ComfyUiResult result = this.comfyUi.run(Workflows.picture("a lighthouse", 1), TIMEOUT);
		assertThat(result.file()).isEqualTo(new OutputFile("7", "images", "ComfyUI_00001_.png", "", "output"));
		BufferedImage image = ImageIO.read(new ByteArrayInputStream(this.comfyUi.read(result.file())));
		assertThat(image.getWidth()).isEqualTo(64);
		boolean jobs = version.equals("0.33.0");
		assertThat(paths("GET").filter((path) -> path.startsWith("/api/jobs/"))).hasSizeBetween(1, jobs ? 100 : 1);
		assertThat(paths("GET").anyMatch("/queue"::equals)).isEqualTo(!jobs);
	}

	@Test
	void waitsGrowFrom100MillisecondsToTwoSeconds() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(12)));
		this.comfyUi.await(this.comfyUi.submit(Workflows.PICTURE), TIMEOUT);
		assertThat(this.time.waits).startsWith(Duration.ofMillis(100), Duration.ofMillis(150), Duration.ofMillis(225))
			.endsWith(Duration.ofSeconds(2))
			.isSorted();
		assertThat(paths("GET")).hasSizeLessThan(20);
	}

	@Test
	void progressGoesUpToTheEnd() {
		start(FakeComfyDeploy.builder());
		List<ComfyUiProgress> progress = new ArrayList<>();
		Thread thread = Thread.currentThread();
		try (FakeComfyDeploy slow = FakeComfyDeploy.builder().renderTime(Duration.ofMillis(400)).start();
				ComfyUiClient real = ComfyUisBuilder.create().build()) {
			real.at(Workflows.url(slow)).run(Workflows.PICTURE, TIMEOUT, (step) -> {
				assertThat(Thread.currentThread()).isSameAs(thread);
				progress.add(step);
			});
		}
		assertThat(progress).extracting(ComfyUiProgress::fraction).isSorted().last().isEqualTo(1.0);
		assertThat(progress).anySatisfy((step) -> {
			assertThat(step.nodeId()).isEqualTo("5");
			assertThat(step.value()).isEqualTo(2);
			assertThat(step.max()).isEqualTo(4);
			assertThat(step.totalNodes()).isEqualTo(7);
		});
	}

	@Test
	void progressOfAnotherPromptIsIgnored() throws Exception {
		List<ComfyUiProgress> progress = new ArrayList<>();
		try (FakeComfyDeploy slow = FakeComfyDeploy.builder().renderTime(Duration.ofMillis(600)).start();
				ComfyUiClient real = ComfyUisBuilder.create().build()) {
			String base = Workflows.url(slow);
			// Without a client id, so that its progress goes to all clients
			HttpRequest foreign = HttpRequest.newBuilder(URI.create(base + "/prompt"))
				.POST(HttpRequest.BodyPublishers
					.ofString("{\"prompt\":" + Workflows.picture("foreign", 2).toJson() + "}"))
				.build();
			assertThat(HttpClient.newHttpClient().send(foreign, BodyHandlers.discarding()).statusCode()).isEqualTo(200);
			ComfyUiResult result = real.at(base).run(Workflows.PICTURE, TIMEOUT, progress::add);
			assertThat(progress).extracting(ComfyUiProgress::promptId).containsOnly(result.promptId());
			assertThat(progress).extracting(ComfyUiProgress::nodeId).contains("5");
		}
	}

	/** Time stands still, so that only a message can end a wait between two polls. */
	@Test
	void webSocketEndsTheWaitBetweenPolls() {
		SignalWaiter stopped = new SignalWaiter() {

			@Override
			public long nanoTime() {
				return 0;
			}

			@Override
			public void await(Signal signal, Duration duration) throws InterruptedException {
				long start = System.nanoTime();
				signal.await(Duration.ofMinutes(1).toNanos());
				assertThat(System.nanoTime() - start).isLessThan(Duration.ofMinutes(1).toNanos());
			}

		};
		try (FakeComfyDeploy slow = FakeComfyDeploy.builder().renderTime(Duration.ofMillis(400)).start();
				ComfyUiClient waiting = ComfyUisBuilder.create().time(stopped).build()) {
			ComfyUiResult result = waiting.at(Workflows.url(slow)).run(Workflows.PICTURE, TIMEOUT, (progress) -> {
			});
			assertThat(result.files()).hasSize(1);
			assertThat(slow.comfyUiRequests()).extracting(ComfyUiRequest::path)
				.filteredOn((path) -> path.startsWith("/api/jobs/"))
				.hasSizeBetween(2, 4);
		}
	}

	@Test
	void whenThereIsNoWebSocketOnlyProgressIsMissing() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(10)));
		this.fake.fail(Fault.status(502).on("comfyui-socket").always());
		List<ComfyUiProgress> progress = new ArrayList<>();
		ComfyUiResult result = this.comfyUi.run(Workflows.PICTURE, TIMEOUT, progress::add);
		assertThat(result.files()).hasSize(1);
		assertThat(progress).extracting(ComfyUiProgress::fraction).containsExactly(1.0);
	}

	@Test
	void listenerThatFailsChangesNothing() {
		start(FakeComfyDeploy.builder());
		ComfyUiResult result = this.comfyUi.run(Workflows.PICTURE, TIMEOUT, (progress) -> {
			throw new IllegalStateException("listener");
		});
		assertThat(result.files()).hasSize(1);
	}

	@Test
	void eachSubmissionHasItsOwnIdsAndAMarker() {
		start(FakeComfyDeploy.builder());
		String first = this.comfyUi.submit(Workflows.PICTURE);
		String second = this.comfyUi.submit(Workflows.PICTURE);
		assertThat(first).isNotEqualTo(second).satisfies(UUID::fromString);
		List<String> bodies = requests("/prompt").map(ComfyUiRequest::body).toList();
		assertThat(bodies.get(0)).contains("\"prompt_id\":\"" + first + "\"",
				"\"extra_data\":{\"comfydeploy_submission\":\"" + first + "\"}", "\"client_id\":\"");
		assertThat(bodies.get(0)).doesNotContain("\"number\"", "\"front\"");
		assertThat(clientId(bodies.get(0))).isNotEqualTo(clientId(bodies.get(1)));
	}

	@Test
	void idThatComesBackCounts() {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39"));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		assertThat(requests("/prompt").findFirst().orElseThrow().body()).doesNotContain(id);
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64", "0.3.39" })
	void submissionWithoutAResponseIsAdopted(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofSeconds(5)));
		this.comfyUi.submit(Workflows.picture("another", 2));
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		assertThat(this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file().filename()).isEqualTo("ComfyUI_00002_.png");
		this.fake.fail(Fault.status(500).carriedOut().on("comfyui-submit"));
		assertThat(this.comfyUi.run(Workflows.picture("third", 3), TIMEOUT).file().filename())
			.isEqualTo("ComfyUI_00003_.png");
		assertThat(requests("/prompt")).hasSize(3);
	}

	@Test
	void submissionThatEndsBeforeTheSearchIsAdopted() {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39"));
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		assertThat(this.comfyUi.run(Workflows.PICTURE, TIMEOUT).files()).hasSize(1);
		assertThat(paths("GET")).contains("/history?max_items=50");
	}

	/** In the other order, a prompt that ends in between is in neither. */
	@ParameterizedTest
	@ValueSource(strings = { "0.3.64", "0.3.39" })
	void queueIsReadBeforeTheHistory(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofSeconds(1)));
		this.fake.fail(Fault.drop().on("comfyui-submit"));
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.submit(Workflows.PICTURE));
		this.comfyUi.run(Workflows.PICTURE, TIMEOUT);
		List<String> paths = paths("GET").toList();
		List<String> beforeHistory = IntStream.range(0, paths.size())
			.filter((i) -> paths.get(i).startsWith("/history/"))
			.mapToObj((i) -> paths.get(i - 1))
			.toList();
		assertThat(beforeHistory).hasSizeGreaterThan(5).containsOnly("/queue");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64", "0.3.39" })
	void lostResponseDoesNotHideDroppedOutputs(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofMinutes(1)));
		this.comfyUi.submit(Workflows.picture("another", 2));
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		InvalidWorkflowException invalid = catchThrowableOfType(InvalidWorkflowException.class,
				() -> this.comfyUi.run(Workflows.partlyInvalid(), TIMEOUT));
		assertThat(invalid.getErrorType()).isEqualTo("prompt_outputs_failed_validation");
		assertThat(invalid.getNodeErrors()).containsExactly(new NodeError("8", "SaveImage", "output_dropped",
				"the output did not validate, and the response with the reason was lost: submit the workflow again to "
						+ "receive it",
				"", null, List.of("8")));
		String id = invalid.getPromptId();
		assertThat(id).isNotNull();
		assertThat(requests("/queue").filter((request) -> request.method().equals("POST")).map(ComfyUiRequest::body))
			.containsExactly("{\"delete\":[\"" + id + "\"]}");
		assertThat(requests("/prompt")).hasSize(2);
	}

	@Test
	void droppedOutputsAreFoundInTheHistoryAndByNodeType() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		Workflow workflow = Workflow.of(Workflows.partlyInvalid()
			.toJson()
			.replaceFirst("\\{\"class_type\":\"SaveImage\"", "{\"class_type\":\"PreviewImage\""));
		assertThatExceptionOfType(InvalidWorkflowException.class).isThrownBy(() -> this.comfyUi.submit(workflow))
			.satisfies((ex) -> assertThat(ex.getNodeErrors()).extracting(NodeError::nodeId).containsExactly("8"));
		assertThat(paths("GET").filter((path) -> path.startsWith("/object_info/")))
			.contains("/object_info/KSampler", "/object_info/PreviewImage")
			.doesNotHaveDuplicates()
			.doesNotContain("/object_info/SaveImage");
	}

	@Test
	void whenDroppedOutputsAreNotKnownTheOutcomeIsUnknown() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		this.fake.fail(Fault.status(503).on("comfyui-node-type").always());
		ComfyUiUnavailableException unknown = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.submit(Workflows.partlyInvalid()));
		assertThat(unknown.isOutcomeUnknown()).isTrue();
		assertThat(unknown).hasMessageContaining("perhaps without outputs that did not validate");
		String id = unknown.getPromptId();
		assertThat(id).isNotNull();
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.39" })
	void promptOfAnUnknownOutcomeIsFoundLater(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofSeconds(30)));
		String id = submitWithUnknownOutcome();
		assertThat(requests("/prompt").findFirst().orElseThrow().body()).contains(id);
		ComfyUiResult result = this.comfyUi.await(id, TIMEOUT);
		assertThat(result.files()).hasSize(1);
		assertThat(result.promptId().equals(id)).isEqualTo(!version.equals("0.3.39"));
		assertThat(this.comfyUi.await(id, TIMEOUT)).isEqualTo(result);
	}

	@Test
	void promptWithAnotherIdIsInterruptedByThatOne() {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39").renderTime(Duration.ofMinutes(1)));
		String id = submitWithUnknownOutcome();
		this.comfyUi.interruptOnAnyVersion(id);
		assertThat(requests("/interrupt").findFirst().orElseThrow().body()).doesNotContain(id);
		assertThatExceptionOfType(WorkflowInterruptedException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT));
	}

	private String submitWithUnknownOutcome() {
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		this.fake.fail(Fault.status(502).on("comfyui-queue").always());
		String id = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.submit(Workflows.PICTURE))
			.getPromptId();
		this.fake.clearFaults();
		assertThat(id).isNotNull();
		return id;
	}

	@Test
	void submissionThatIsNowhereHasAnUnknownOutcome() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.drop().on("comfyui-submit"));
		ComfyUiUnavailableException lost = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT));
		assertThat(lost.isOutcomeUnknown()).isTrue();
		assertThat(lost.getAttempts()).isEqualTo(1);
		assertThat(lost.getOperation()).isEqualTo("comfyui-run");
		assertThat(lost).hasMessageContaining("The outcome is unknown");
		assertThat(requests("/prompt")).hasSize(1);
		assertThat(this.time.waited()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(12));
	}

	@Test
	void timeoutOfRunBoundsTheSearchForASubmission() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.drop().on("comfyui-submit"));
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(Workflows.PICTURE, Duration.ofSeconds(3)))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(this.time.waited()).isEqualTo(Duration.ofSeconds(3));
	}

	@Test
	void whenTheTimeoutHasElapsedNothingIsSubmitted() {
		start(FakeComfyDeploy.builder());
		ComfyUi checked = this.client.at(this.url, () -> {
			this.time.waitFor(TIMEOUT);
			return null;
		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> checked.run(Workflows.PICTURE, TIMEOUT))
			.withMessageContaining("the timeout elapsed before the workflow could be sent")
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse());
		assertThat(requests("/prompt")).isEmpty();
	}

	@Test
	void timeoutOfRunBoundsTheInterruptOfTheRest() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		this.fake.fail(Fault.status(503).retryAfter(Duration.ofSeconds(4)).on("comfyui-queue").always());
		assertThatExceptionOfType(InvalidWorkflowException.class)
			.isThrownBy(() -> this.comfyUi.run(Workflows.partlyInvalid(), Duration.ofSeconds(10)))
			.satisfies((ex) -> {
				assertThat(ex.getSuppressed()).hasSize(1);
				assertThat(ex).hasMessageEndingWith(
						". ComfyUI has queued the other outputs as prompt " + ex.getPromptId() + ", and may run them");
			});
		assertThat(this.time.waited()).isEqualTo(Duration.ofSeconds(8));
	}

	@Test
	void submissionThatIsRejectedIsNotSearchedFor() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.status(429).on("comfyui-submit"));
		ComfyUiUnavailableException rejected = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.submit(Workflows.PICTURE));
		assertThat(rejected.isOutcomeUnknown()).isFalse();
		assertThat(rejected.getStatusCode()).isEqualTo(429);
		assertThat(rejected.getAttempts()).isEqualTo(1);
		assertThat(this.fake.comfyUiRequests()).hasSize(1);
	}

	@Test
	void submissionThatIsNotSentIsNotSearchedFor() {
		start(FakeComfyDeploy.builder());
		this.fake.close();
		ComfyUiUnavailableException refused = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.submit(Workflows.PICTURE));
		assertThat(refused.isOutcomeUnknown()).isFalse();
		assertThat(refused.getStatusCode()).isNull();
		assertThat(this.time.waits).isEmpty();
	}

	@Test
	void workflowThatDoesNotValidateNamesTheNode() {
		start(FakeComfyDeploy.builder());
		InvalidWorkflowException invalid = catchThrowableOfType(InvalidWorkflowException.class,
				() -> this.comfyUi.run(Workflows.PICTURE.input("4", "width", 3), TIMEOUT));
		assertThat(invalid.getErrorType()).isEqualTo("prompt_outputs_failed_validation");
		assertThat(invalid.getPromptId()).isNull();
		assertThat(invalid.getNodeErrors()).containsExactly(new NodeError("4", "EmptyLatentImage",
				"value_smaller_than_min", "Value 3 smaller than min of 16", "width", "width", List.of("7")));
		assertThat(invalid)
			.hasMessage("comfyui-run failed: Prompt outputs failed validation - node 4 (EmptyLatentImage): Value 3 "
					+ "smaller than min of 16 (width)");
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.39" })
	void unknownNodeIsNamed(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		Workflow workflow = Workflow.of(Workflows.PICTURE.toJson().replace("VAEDecode", "NoSuchNode"));
		assertThatExceptionOfType(InvalidWorkflowException.class).isThrownBy(() -> this.comfyUi.submit(workflow))
			.withMessageContaining("NoSuchNode");
	}

	@Test
	void workflowThatIsPartlyInvalidIsTakenBack() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		InvalidWorkflowException invalid = catchThrowableOfType(InvalidWorkflowException.class,
				() -> this.comfyUi.run(Workflows.partlyInvalid(), TIMEOUT));
		assertThat(invalid.getNodeErrors()).extracting(NodeError::nodeId).containsExactly("8");
		String id = invalid.getPromptId();
		assertThat(id).isNotNull();
		assertThat(invalid).hasMessageEndingWith(
				". ComfyUI has queued the other outputs as prompt " + id + ", and was asked to remove this prompt");
		assertThat(requests("/interrupt")).hasSize(1);
		assertThatExceptionOfType(WorkflowInterruptedException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64", "0.3.39" })
	void failureNamesTheNodeAndWhatItSaid(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		this.fake.fail(Fault.failedNode("KSampler", "CUDA out of memory"));
		WorkflowFailedException failed = catchThrowableOfType(WorkflowFailedException.class,
				() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT));
		assertThat(failed.getNodeId()).isEqualTo("5");
		assertThat(failed.getNodeType()).isEqualTo("KSampler");
		assertThat(failed.getExceptionType()).isEqualTo("RuntimeError");
		assertThat(failed.getExceptionMessage()).isEqualTo("CUDA out of memory");
		assertThat(failed.getPromptId()).isNotNull();
		assertThat(failed.getPartialResult().files()).isEmpty();
		assertThat(failed).hasMessageContaining("at node 5 (KSampler): CUDA out of memory (RuntimeError)");
	}

	@Test
	void runningWorkflowIsInterruptedByItsId() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		String running = this.comfyUi.submit(Workflows.PICTURE);
		this.comfyUi.submit(Workflows.picture("next", 2));
		this.comfyUi.interrupt(running);
		assertThat(requests("/interrupt").map(ComfyUiRequest::body))
			.containsExactly("{\"prompt_id\":\"" + running + "\"}");
		assertThatExceptionOfType(WorkflowInterruptedException.class)
			.isThrownBy(() -> this.comfyUi.await(running, TIMEOUT))
			.satisfies((ex) -> assertThat(ex.getPromptId()).isEqualTo(running));
	}

	@Test
	void pendingWorkflowIsTakenOutOfTheQueue() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		this.comfyUi.submit(Workflows.PICTURE);
		String pending = this.comfyUi.submit(Workflows.picture("next", 2));
		this.comfyUi.interrupt(pending);
		assertThat(requests("/interrupt")).isEmpty();
		assertThatExceptionOfType(WorkflowLostException.class).isThrownBy(() -> this.comfyUi.await(pending, TIMEOUT));
	}

	@Test
	void workflowThatIsOverIsNotInterrupted() {
		start(FakeComfyDeploy.builder());
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.comfyUi.interrupt(id);
		assertThat(this.fake.comfyUiRequests()).filteredOn((request) -> request.method().equals("POST")).hasSize(1);
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@Test
	void oldVersionIsInterruptedOnlyIfTheCallerAcceptsIt() {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39").renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		assertThatExceptionOfType(InterruptNotSupportedException.class).isThrownBy(() -> this.comfyUi.interrupt(id))
			.withMessageContaining("0.3.39");
		assertThat(requests("/interrupt")).isEmpty();
		this.comfyUi.interruptOnAnyVersion(id);
		assertThatExceptionOfType(WorkflowInterruptedException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT));
	}

	@Test
	void interruptWhoseResponseIsLostIsCheckedInTheQueue() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-interrupt"));
		this.comfyUi.interrupt(id);
		assertThat(requests("/interrupt")).hasSize(1);
		assertThat(this.fake.comfyUiRequests()).extracting(ComfyUiRequest::path).last().isEqualTo("/queue");
		assertThatExceptionOfType(WorkflowInterruptedException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT));
	}

	@Test
	void interruptIsFollowedUntilTheWorkflowHasEnded() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(3)));
		this.fake.fail(Fault.uninterruptibleRun());
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.comfyUi.interrupt(id);
		assertThat(this.time.waited()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
		assertThat(requests("/interrupt")).hasSize(1);
	}

	@Test
	void interruptWithoutEffectIsLogged(CapturedOutput output) {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		this.fake.fail(Fault.uninterruptibleRun());
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.comfyUi.interrupt(id);
		assertThat(this.time.waited()).isEqualTo(Duration.ofSeconds(5));
		assertThat(output)
			.contains("comfyui-interrupt: prompt " + id + " is still running 5s after the interrupt. ComfyUI ends it");
	}

	@Test
	void interruptIsNeverRepeated() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(503).on("comfyui-interrupt").always());
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.interrupt(id))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(requests("/interrupt")).hasSize(1);
	}

	@Test
	void workflowThatDoesNotNoticeAnInterruptSucceeds() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(5)));
		this.fake.fail(Fault.uninterruptibleRun());
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.comfyUi.interrupt(id);
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@Test
	void workflowThatRunsForEverEndsTheWaitInTime() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.stuckRun());
		WorkflowTimeoutException late = catchThrowableOfType(WorkflowTimeoutException.class,
				() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT));
		assertThat(late.getPromptId()).isNotNull();
		assertThat(late).hasMessageContaining("did not end within 2m: it is running");
		assertThat(this.time.waited()).isEqualTo(TIMEOUT);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64" })
	void workflowIsLostWhenComfyUiStartsAgain(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.restartComfyUi();
		assertThatExceptionOfType(WorkflowLostException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64" })
	void historyThatStaysUnreadableEndsTheWait(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		this.fake.fail(Fault.unreadableRun());
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT))
			.satisfies((ex) -> {
				assertThat(ex.getStatusCode()).isEqualTo(500);
				assertThat(ex.getAttempts()).isEqualTo(1);
				assertThat(ex.isOutcomeUnknown()).isTrue();
				assertThat(ex.getPromptId()).isNotNull();
				assertThat(ex.getMessage()).startsWith("comfyui-run failed: status 500")
					.endsWith(". The workflow may still run: await(\"" + ex.getPromptId() + "\") waits for it");
			});
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 302, 403, 404, 410, 500, 520, 530 })
	void pagesOfAGatewayDoNotEndTheWait(int status) {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(status).body("text/html", "<h1>Oops</h1>").on("comfyui-job").times(20));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@Test
	void networkThatIsDownForSomeTimeDoesNotEndTheWait() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.drop().on("comfyui-job").times(20));
		this.fake.fail(Fault.status(502).on("comfyui-job").times(20));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@Test
	void notFoundOfAGatewayIsNoLostWorkflow() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(404).body("text/html", "<h1>Not Found</h1>").on("comfyui-job").times(8));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
		assertThat(paths("GET")).doesNotContain("/queue");
	}

	/** A tunnel that is down for a moment must not lead to a second run. */
	@Test
	void jsonNotFoundOfAGatewayIsNoLostWorkflow() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(404)
			.body("application/json", "{\"error\":\"no such tunnel\"}")
			.on("comfyui-job", "comfyui-queue")
			.times(20));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.39" })
	void jsonThatIsNotOfComfyUiIsNoLostWorkflow(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		Fault other = Fault.status(200).body("application/json", "{}").on("comfyui-job", "comfyui-queue");
		this.fake.fail(other.times(5));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
		String next = this.comfyUi.submit(Workflows.picture("next", 2));
		this.fake.fail(other.always());
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.await(next, TIMEOUT))
			.withMessageContaining("the response with status 200 cannot be read: it has no ");
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.interruptOnAnyVersion(next))
			.withMessageContaining("it has no queue_running");
	}

	@Test
	void emptyNotFoundOfAGatewayDoesNotEndTheUseOfJobs() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(3)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(404).body("text/plain", "").on("comfyui-job"));
		assertThat(this.comfyUi.await(id, TIMEOUT).files()).hasSize(1);
		assertThat(paths("GET").filter((path) -> path.startsWith("/api/jobs/"))).hasSizeGreaterThan(3);
		assertThat(paths("GET").filter("/queue"::equals)).hasSize(1);
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.33.0", "0.3.64" })
	void notANumberAndInfinityAreRead(String version) {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		this.fake.fail(Fault.notANumber());
		ComfyUiResult result = this.comfyUi.run(Workflows.PICTURE, TIMEOUT);
		assertThat(result.files()).hasSize(1);
		assertThat(JsonValues.list(JsonValues.object(result.outputs().get("7")).get("scores")).get(0))
			.isEqualTo(Double.NaN);
	}

	@Test
	void sessionThatIsLostEndsTheWait() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		AtomicInteger checks = new AtomicInteger();
		IOException failure = new IOException("gone");
		ComfyUi checked = this.client.at(this.url,
				() -> (checks.incrementAndGet() < 7) ? null : new SessionEnd("s1", "its lease was lost", failure));
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> checked.run(Workflows.PICTURE, TIMEOUT))
			.withMessageStartingWith("comfyui-run failed: session s1 has ended: its lease was lost. Prompt ")
			.withCause(failure);
		assertThat(paths("GET").filter((path) -> path.startsWith("/api/jobs/"))).hasSize(4);
	}

	@Test
	void nothingIsSubmittedToALostSession() {
		start(FakeComfyDeploy.builder());
		ComfyUi checked = this.client.at(this.url, () -> new SessionEnd("s1", "its lease was lost", null));
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> checked.submit(Workflows.PICTURE))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse());
		assertThatExceptionOfType(SessionEndedException.class)
			.isThrownBy(() -> checked.run(Workflows.PICTURE, TIMEOUT, (progress) -> {
			}));
		assertThat(this.fake.comfyUiRequests()).isEmpty();
	}

	@Test
	void lostSessionIsTheReasonForATimeoutWithoutResponses() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		LateCheck check = new LateCheck();
		ComfyUi checked = this.client.at(this.url, check);
		String id = checked.submit(Workflows.PICTURE);
		this.fake.fail(Fault.drop().on("comfyui-job").always());
		assertThatExceptionOfType(SessionEndedException.class)
			.isThrownBy(() -> checked.await(id, Duration.ofSeconds(20)))
			.withCause(check.failure)
			.satisfies((ex) -> {
				assertThat(ex.getPromptId()).isEqualTo(id);
				assertThat(ex.getSuppressed()).singleElement().isInstanceOf(WorkflowTimeoutException.class);
			});
	}

	@Test
	void sessionIsCheckedAgainWhileThereAreNoResponses() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		LateCheck check = new LateCheck();
		ComfyUi checked = this.client.at(this.url, check);
		String id = checked.submit(Workflows.PICTURE);
		this.fake.fail(Fault.drop().on("comfyui-job").always());
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> checked.await(id, Duration.ofHours(1)))
			.withCause(check.failure)
			.satisfies((ex) -> {
				assertThat(ex.getPromptId()).isEqualTo(id);
				assertThat(ex.getSuppressed()).singleElement().isInstanceOf(ComfyUiUnavailableException.class);
			});
		assertThat(this.time.waited()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(32));
	}

	@Test
	void waitWithoutResponsesIsLogged(CapturedOutput output) {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		this.fake.fail(Fault.status(404).body("text/html", "<h1>Gone</h1>").on("comfyui-job").always());
		assertThatExceptionOfType(WorkflowTimeoutException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT))
			.withMessageEndingWith("did not end within 2m: there was no usable response for the last 2m, the last "
					+ "failure: status 404 (an HTML page, which does not come from ComfyUI). The session may have "
					+ "ended: check it. If it has not, the workflow may still run: await it again, or interrupt it");
		assertThat(output).containsOnlyOnce("comfyui-await: no usable response for 30s while waiting for prompt " + id
				+ ", the last failure: status 404 (an HTML page, which does not come from ComfyUI). The session may have ended");
	}

	@Test
	void timeoutOfAWorkflowThatRunsIsNotChecked() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		LateCheck check = new LateCheck();
		assertThatExceptionOfType(WorkflowTimeoutException.class)
			.isThrownBy(() -> this.client.at(this.url, check).run(Workflows.PICTURE, TIMEOUT));
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 302, 403, 404, 410, 500 })
	void lostSessionIsTheReasonForResponsesOfAGateway(int status) {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		LateCheck check = new LateCheck();
		ComfyUi checked = this.client.at(this.url, check);
		String id = checked.submit(Workflows.PICTURE);
		this.fake
			.fail(Fault.status(status).body("text/html", "<h1>Gone</h1>").on("comfyui-job", "comfyui-stats").always());
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> checked.await(id, TIMEOUT))
			.withCause(check.failure);
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(checked::stats).withCause(check.failure);
	}

	@Test
	void lostSessionIsTheReasonForALostWorkflow() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofHours(1)));
		LateCheck check = new LateCheck();
		ComfyUi checked = this.client.at(this.url, check);
		String id = checked.submit(Workflows.PICTURE);
		this.fake.restartComfyUi();
		assertThatExceptionOfType(SessionEndedException.class).isThrownBy(() -> checked.await(id, TIMEOUT))
			.withCause(check.failure);
	}

	@Test
	void lostSessionIsTheReasonForAnUnknownOutcome() {
		start(FakeComfyDeploy.builder());
		LateCheck check = new LateCheck();
		this.fake.fail(Fault.drop().on("comfyui-submit", "comfyui-queue").always());
		assertThatExceptionOfType(SessionEndedException.class)
			.isThrownBy(() -> this.client.at(this.url, check).submit(Workflows.PICTURE))
			.withCause(check.failure)
			.satisfies((ex) -> {
				assertThat(ex.isOutcomeUnknown()).isTrue();
				assertThat(ex.getPromptId()).isNotNull();
			});
	}

	@Test
	void checkThatFailsChangesNothing() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.status(500).on("comfyui-stats").always());
		ComfyUi checked = this.client.at(this.url, new SessionCheck() {

			@Override
			public SessionEnd check() {
				return null;
			}

			@Override
			public SessionEnd recheck() {
				throw new IllegalStateException("no API");
			}

		});
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(checked::stats);
	}

	@Test
	void interruptedThreadEndsTheWait() {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofMinutes(1)));
		String id = this.comfyUi.submit(Workflows.PICTURE);
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.await(id, TIMEOUT))
			.withMessageContaining("interrupted")
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void uploadHasANameByItsContentAndCanBeAnInput() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-upload"));
		UploadedFile file = this.comfyUi.upload("my face!.png", new ByteArrayResource(new byte[] { 1, 2, 3 }));
		assertThat(file.name()).matches("my_face_-[0-9a-f]{24}\\.png");
		assertThat(this.comfyUi.upload("my face!.png", new ByteArrayResource(new byte[] { 1, 2, 3 }))).isEqualTo(file);
		assertThat(this.comfyUi.upload("my face!.png", new ByteArrayResource(new byte[] { 1, 2, 4 })).name())
			.isNotEqualTo(file.name());
		Workflow workflow = Workflow.of("""
				{"1": {"class_type": "LoadImage", "inputs": {"image": ""}},
				 "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}}}""").input("1", "image", file);
		ComfyUiResult result = this.comfyUi.run(workflow, TIMEOUT);
		assertThat(result.file().isTemporary()).isTrue();
		assertThat(this.comfyUi.read(result.file())).isNotEmpty();
	}

	@Test
	void uploadThatIsTooLargeForOneRequestIsNotSent() {
		start(FakeComfyDeploy.builder());
		Resource large = new ByteArrayResource(new byte[100 * 1024 * 1024]);
		assertThatIllegalArgumentException().isThrownBy(() -> this.comfyUi.upload("large.bin", large))
			.withMessageContaining("100 MiB");
		assertThat(this.fake.comfyUiRequests()).isEmpty();
	}

	@Test
	void fileIsReadWithAllThatNamesIt(@TempDir Path folder) throws Exception {
		start(FakeComfyDeploy.builder());
		ComfyUiResult result = this.comfyUi.run(Workflows.PICTURE.input("7", "filename_prefix", "a b/ü#?&%41"),
				TIMEOUT);
		byte[] content = this.comfyUi.read(result.file());
		assertThat(paths("GET").filter((path) -> path.startsWith("/view")))
			.containsExactly("/view?filename=%C3%BC%23%3F%26%2541_00001_.png&subfolder=a%20b&type=output");
		this.comfyUi.read(this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file());
		assertThat(paths("GET")).last().isEqualTo("/view?filename=ComfyUI_00001_.png&subfolder=&type=output");
		Path target = folder.resolve("picture.png");
		List<ReadProgress> progress = new ArrayList<>();
		this.fake.fail(Fault.status(503).on("comfyui-view"));
		this.comfyUi.read(result.file(), target, content.length, progress::add);
		assertThat(target).hasBinaryContent(content);
		assertThat(progress).last().isEqualTo(new ReadProgress(content.length, content.length));
		this.comfyUi.read(result.file(), target);
		assertThat(target).hasBinaryContent(content);
	}

	@Test
	void downloadThatBreaksOffIsResumed(@TempDir Path folder) {
		start(FakeComfyDeploy.builder());
		OutputFile file = this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file();
		byte[] content = this.comfyUi.read(file);
		this.fake.fail(Fault.truncated().on("comfyui-view"));
		this.fake.fail(Fault.status(503).on("comfyui-view"));
		List<ReadProgress> progress = new ArrayList<>();
		Path target = folder.resolve("a.png");
		this.comfyUi.read(file, target, content.length, progress::add);
		assertThat(target).hasBinaryContent(content);
		assertThat(progress).extracting(ReadProgress::bytes).isSorted();
		assertThat(progress).extracting(ReadProgress::totalBytes).containsOnly((long) content.length);
		List<String> ranges = this.fake.comfyUiRequests()
			.stream()
			.filter((request) -> request.path().startsWith("/view"))
			.map((request) -> String.valueOf(request.headers().get("range")))
			.toList();
		assertThat(ranges).hasSize(4).startsWith("null", "null");
		assertThat(ranges.get(2)).isEqualTo(ranges.get(3)).contains("bytes=" + progress.get(0).bytes() + "-");
	}

	@Test
	void fileThatIsLargerThanTheLimitLeavesNothing(@TempDir Path folder) throws Exception {
		start(FakeComfyDeploy.builder());
		ComfyUiResult result = this.comfyUi.run(Workflows.PICTURE, TIMEOUT);
		assertThatExceptionOfType(ComfyUiUnavailableException.class)
			.isThrownBy(() -> this.comfyUi.read(result.file(), folder.resolve("a.png"), 10, (progress) -> {
			}))
			.withMessageContaining("the limit is 10");
		try (Stream<Path> files = Files.list(folder)) {
			assertThat(files).isEmpty();
		}
	}

	@Test
	void fileOfACachedWorkflowCanBeGone() {
		start(FakeComfyDeploy.builder());
		OutputFile file = this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file();
		this.fake.deleteComfyUiOutputs();
		OutputFile cached = this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file();
		assertThat(cached).isEqualTo(file);
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(() -> this.comfyUi.read(cached))
			.withMessageEndingWith("call freeMemory(), and run the workflow again")
			.satisfies((ex) -> assertThat(ex.getStatusCode()).isEqualTo(404));
		this.comfyUi.freeMemory();
		assertThat(this.comfyUi.read(this.comfyUi.run(Workflows.PICTURE, TIMEOUT).file())).isNotEmpty();
	}

	@Test
	void nameThatIsUsedAgainIsReadAgain() {
		start(FakeComfyDeploy.builder());
		OutputFile first = this.comfyUi.run(Workflows.picture("first", 1), TIMEOUT).file();
		byte[] content = this.comfyUi.read(first);
		this.fake.deleteComfyUiOutputs();
		OutputFile second = this.comfyUi.run(Workflows.picture("second", 2), TIMEOUT).file();
		assertThat(second).isEqualTo(first);
		assertThat(this.comfyUi.read(second)).isNotEmpty().isNotEqualTo(content);
	}

	@Test
	void statsAreRead() {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.64"));
		ComfyUiStats stats = this.comfyUi.stats();
		assertThat(stats.version()).isEqualTo("0.3.64");
		assertThat(stats.ramTotal()).isEqualTo(34359738368L);
		assertThat(stats.devices())
			.containsExactly(new ComfyUiStats.Device("cuda:0 Fake GPU", "cuda", 0, 25769803776L, 21474836480L));
	}

	@Test
	void readsAreRetriedAndSubmissionsAreNot() {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.status(500).on("comfyui-stats").times(2));
		this.fake.fail(Fault.drop().on("comfyui-stats").times(2));
		assertThat(this.comfyUi.stats().version()).isEqualTo("0.33.0");
		this.fake.fail(Fault.status(503).on("comfyui-stats").always());
		assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats)
			.satisfies((ex) -> assertThat(ex.getAttempts()).isEqualTo(5));
		assertThat(requests("/system_stats")).hasSize(10);
	}

	@Test
	void onlyNecessaryHeadersAreSent() {
		start(FakeComfyDeploy.builder());
		this.comfyUi.run(Workflows.PICTURE, TIMEOUT);
		this.comfyUi.stats();
		assertThat(this.fake.comfyUiRequests()).allSatisfy((request) -> assertThat(request.headers().keySet())
			.doesNotContain("authorization", "origin", "cookie", "x-api-key", "referer"));
		assertThat(this.fake.comfyUiRequests()).filteredOn((request) -> !request.path().startsWith("/ws"))
			.allSatisfy((request) -> assertThat(request.headers().keySet()).isSubsetOf("host", "accept", "user-agent",
					"content-type", "content-length", "connection"));
	}

	@Test
	void urlIsInNoLogLine(CapturedOutput output) {
		start(FakeComfyDeploy.builder().renderTime(Duration.ofSeconds(1)));
		String key = this.url.substring(this.url.lastIndexOf('/') + 1);
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		logging.setLogLevel("com.comfydeploy", LogLevel.DEBUG);
		try {
			this.fake.fail(Fault.drop().on("comfyui-socket", "comfyui-submit").always());
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT, (progress) -> {
				}));
			this.fake.clearFaults();
			this.comfyUi.run(Workflows.PICTURE, TIMEOUT, (progress) -> {
				throw new IllegalStateException("listener");
			});
			this.fake.close();
			assertThatExceptionOfType(ComfyUiUnavailableException.class).isThrownBy(this.comfyUi::stats);
			assertThatExceptionOfType(ComfyUiUnavailableException.class)
				.isThrownBy(() -> this.comfyUi.run(Workflows.PICTURE, TIMEOUT, (progress) -> {
				}));
		}
		finally {
			logging.setLogLevel("com.comfydeploy", null);
		}
		assertThat(output).contains("comfyui-run: 200 after", "There is no WebSocket", "comfyui-stats: IO_ERROR",
				"A progress listener failed", "The outcome is unknown");
		assertThat(output).doesNotContain(key).doesNotContain("localhost");
	}

	@Test
	void urlIsShownNowhere() {
		start(FakeComfyDeploy.builder());
		this.fake.close();
		String key = this.url.substring(this.url.lastIndexOf('/'));
		assertThat(this.comfyUi.toString()).doesNotContain(key, "localhost");
		ComfyUiUnavailableException refused = catchThrowableOfType(ComfyUiUnavailableException.class,
				() -> this.comfyUi.stats());
		for (Throwable t = refused; t != null; t = t.getCause()) {
			assertThat(t.toString()).doesNotContain(key, "localhost");
		}
		String secret = "https://user:pw@secret-host.example/?a=b";
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.at(secret))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret-host"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.at("ftp://secret-host"));
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.at("https://secret host"))
			.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
	}

	private void start(FakeComfyDeploy.Builder builder) {
		this.fake = builder.frozen().start();
		this.time = new ControlledTime(this.fake::advance);
		this.client = ComfyUisBuilder.create().time(this.time).build();
		this.url = Workflows.url(this.fake);
		this.comfyUi = this.client.at(this.url);
	}

	private Stream<ComfyUiRequest> requests(String path) {
		return this.fake.comfyUiRequests().stream().filter((request) -> request.path().equals(path));
	}

	private Stream<String> paths(String method) {
		return this.fake.comfyUiRequests()
			.stream()
			.filter((request) -> request.method().equals(method) && !request.path().startsWith("/ws"))
			.map(ComfyUiRequest::path);
	}

	private static String clientId(String body) {
		return body.replaceFirst(".*\"client_id\":\"([^\"]+)\".*", "$1");
	}

	/** A check that knows of the loss only when it makes a request. */
	private static final class LateCheck implements SessionCheck {

		private final IOException failure = new IOException("gone");

		@Override
		public SessionEnd check() {
			return null;
		}

		@Override
		public SessionEnd recheck() {
			return new SessionEnd("s1", "its lease was lost", this.failure);
		}

	}

}
