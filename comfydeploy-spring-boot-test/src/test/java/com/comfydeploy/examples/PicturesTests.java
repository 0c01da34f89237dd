package com.comfydeploy.examples;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;

import com.comfydeploy.comfyui.ComfyUi;
import com.comfydeploy.comfyui.ComfyUiResult;
import com.comfydeploy.comfyui.ComfyUis;
import com.comfydeploy.comfyui.InvalidWorkflowException;
import com.comfydeploy.comfyui.NodeError;
import com.comfydeploy.comfyui.SessionCheck;
import com.comfydeploy.comfyui.SessionEnd;
import com.comfydeploy.comfyui.SessionEndedException;
import com.comfydeploy.comfyui.Workflow;
import com.comfydeploy.comfyui.WorkflowFailedException;
import com.comfydeploy.comfyui.WorkflowTimeoutException;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the examples in {@code docs/comfyui.md}.
 */
@SpringBootTest
@AutoConfigureFakeComfyDeploy
class PicturesTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Duration TIMEOUT = Duration.ofMinutes(5);

	@Autowired
	SessionLeases leases;

	@Autowired
	SessionOperations sessions;

	@Autowired
	ComfyUis comfyUis;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	ComfyUi comfyUi;

	@BeforeEach
	void openSession() {
		SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(MACHINE).build());
		this.comfyUi = this.comfyUis.at(lease.url());
	}

	@Test
	void progressIsReported() {
		List<Double> bar = new ArrayList<>();
		paint("a lighthouse", bar::add);
		assertThat(bar).isSorted();
	}

	private byte[] paint(String text, DoubleConsumer progressBar) {
		Workflow workflow = Workflow.of(new ClassPathResource("text-to-image.json")).input("Positive", "text", text);
		ComfyUiResult result = this.comfyUi.run(workflow, Duration.ofMinutes(5),
				(progress) -> progressBar.accept(progress.fraction()));
		return this.comfyUi.read(result.file());
	}

	@Test
	void failuresAreDescribed() {
		this.comfyDeploy.fail(Fault.failedNode("KSampler", "CUDA out of memory"));
		assertThat(explain(() -> this.comfyUi.run(picture(), TIMEOUT))).isEqualTo("KSampler: CUDA out of memory");
		Workflow invalid = picture().input("4", "width", 3);
		assertThat(explain(() -> this.comfyUi.run(invalid, TIMEOUT)))
			.isEqualTo("4: Value 3 smaller than min of 16 (width)");
		this.comfyDeploy.fail(Fault.stuckRun());
		String stuck = this.comfyUi.submit(picture());
		assertThat(explain(() -> this.comfyUi.await(stuck, Duration.ofMillis(100)))).isEqualTo("stopped");
	}

	private static Workflow picture() {
		return Workflow.of(new ClassPathResource("text-to-image.json"));
	}

	private String explain(Supplier<ComfyUiResult> call) {
		try {
			call.get();
			return "done";
		}
		catch (InvalidWorkflowException ex) {
			NodeError error = ex.getNodeErrors().get(0);
			return error.nodeId() + ": " + error.message() + " (" + error.inputName() + ")";
		}
		catch (WorkflowFailedException ex) {
			return ex.getNodeType() + ": " + ex.getExceptionMessage();
		}
		catch (WorkflowTimeoutException ex) {
			this.comfyUi.interrupt(ex.getPromptId());
			return "stopped";
		}
	}

	@Test
	void uploadIsUsedAsInput() {
		Resource photo = new ByteArrayResource(new byte[] { 1, 2, 3 });
		Workflow workflow = Workflow.of("""
				{"1": {"class_type": "LoadImage", "inputs": {"image": ""}},
				 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}}""");
		assertThat(withPhoto(workflow, photo).files()).hasSize(1);
	}

	private ComfyUiResult withPhoto(Workflow workflow, Resource photo) {
		return this.comfyUi.run(workflow.input("1", "image", this.comfyUi.upload("photo.png", photo)),
				Duration.ofMinutes(5));
	}

	@Test
	void picturesAreQueuedTogether(@TempDir Path folder) {
		assertThat(paintAll(List.of("a cat", "a dog", "a cow"), folder)).hasSize(3)
			.allSatisfy((file) -> assertThat(file).isNotEmptyFile());
	}

	private List<Path> paintAll(List<String> texts, Path folder) {
		Workflow workflow = Workflow.of(new ClassPathResource("text-to-image.json"));
		List<String> promptIds = texts.stream()
			.map((text) -> this.comfyUi.submit(workflow.input("Positive", "text", text)))
			.toList();
		List<Path> files = new ArrayList<>();
		for (String promptId : promptIds) {
			Path target = folder.resolve(files.size() + ".png");
			this.comfyUi.read(this.comfyUi.await(promptId, Duration.ofMinutes(15)).file(), target);
			files.add(target);
		}
		return files;
	}

	@Test
	void sessionWithoutALeaseIsChecked() {
		String sessionId = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		String url = this.sessions.awaitReady(sessionId, Duration.ofMinutes(1)).url();
		ComfyUi checked = this.comfyUis.at(url, new ApiCheck(this.sessions, sessionId));
		assertThat(checked.run(picture(), Duration.ofMinutes(1)).files()).hasSize(1);
		this.sessions.cancel(sessionId);
		assertThatExceptionOfType(SessionEndedException.class)
			.isThrownBy(() -> checked.run(picture(), Duration.ofMinutes(1)))
			.withMessageContaining("session " + sessionId + " has ended: the API no longer has it");
	}

	@Test
	void faultsOfTheFakeApply() {
		this.comfyDeploy.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		assertThat(this.comfyUi.run(picture(), Duration.ofMinutes(1)).files()).hasSize(1);
		assertThat(this.comfyDeploy.comfyUiRequests()).extracting("path").containsOnlyOnce("/prompt");
	}

	record ApiCheck(SessionOperations sessions, String sessionId) implements SessionCheck {

		@Override
		public @Nullable SessionEnd check() {
			return null;
		}

		@Override
		public @Nullable SessionEnd recheck() {
			return this.sessions.find(this.sessionId).isPresent() ? null
					: new SessionEnd(this.sessionId, "the API no longer has it", null);
		}

	}

}
