package com.comfydeploy.test;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import javax.imageio.ImageIO;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the ComfyUI behind the URL of a session of {@link FakeComfyDeploy}. The
 * responses compared with are those of ComfyUI 0.33.0, 0.3.64 and 0.3.39.
 */
class FakeComfyUiTests {

	private static final String ID = "28d55500-7e9d-4d51-83be-737943816584";

	private static final String OTHER_ID = "11111111-7e9d-4d51-83be-737943816584";

	private static final String WORKFLOW = """
			{"1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 2}},
			 "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "cap"}}}""";

	private static final String OTHER_WORKFLOW = WORKFLOW.replace("\"color\": 2", "\"color\": 3");

	private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private FakeComfyDeploy fake;

	private String url;

	private String sessionId;

	@AfterEach
	void stop() {
		if (this.fake != null) {
			this.fake.close();
		}
	}

	@Test
	void workflowIsQueuedRunAndRemembered() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofSeconds(4)));
		JsonNode submitted = json(submit(ID, WORKFLOW));
		submit(OTHER_ID, OTHER_WORKFLOW);
		assertThat(submitted).isEqualTo(json("{'prompt_id': '" + ID + "', 'number': 0, 'node_errors': {}}"));
		JsonNode queue = json(get("/queue"));
		assertThat(queue.at("/queue_running/0/0").asInt()).isZero();
		assertThat(queue.at("/queue_running/0/1").asText()).isEqualTo(ID);
		assertThat(queue.at("/queue_running/0/2")).isEqualTo(json(WORKFLOW));
		assertThat(queue.at("/queue_running/0/3/mine").asText()).isEqualTo("m1");
		assertThat(queue.at("/queue_running/0/4/0").asText()).isEqualTo("2");
		assertThat(queue.at("/queue_pending/0/1").asText()).isEqualTo(OTHER_ID);
		assertThat(get("/history/" + ID).body()).isEqualTo("{}");
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("in_progress");
		assertThat(json(get("/api/jobs/" + OTHER_ID)).get("status").asText()).isEqualTo("pending");
		this.fake.advance(Duration.ofSeconds(4));
		JsonNode entry = json(get("/history/" + ID)).get(ID);
		assertThat(entry.get("outputs"))
			.isEqualTo(json("{'2': {'images': [{'filename': 'cap_00001_.png', 'subfolder': '', 'type': 'output'}]}}"));
		assertThat(entry.at("/status/status_str").asText()).isEqualTo("success");
		assertThat(entry.at("/status/completed").asBoolean()).isTrue();
		assertThat(entry.at("/status/messages").findValuesAsText("prompt_id")).containsOnly(ID);
		assertThat(entry.at("/meta/2/real_node_id").asText()).isEqualTo("2");
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("completed");
		assertThat(json(get("/api/jobs/" + OTHER_ID)).get("status").asText()).isEqualTo("in_progress");
	}

	@Test
	void pictureShowsWhatWasAskedFor() throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, textToImage("a lighthouse at dusk", 1));
		submit(OTHER_ID, textToImage("a lighthouse at dusk", 2));
		get("/history/" + OTHER_ID);
		byte[] first = bytes("/view?filename=ComfyUI_00001_.png&subfolder=&type=output");
		byte[] second = bytes("/view?filename=ComfyUI_00002_.png&subfolder=&type=output");
		BufferedImage image = ImageIO.read(new ByteArrayInputStream(first));
		assertThat(image.getWidth()).isEqualTo(640);
		assertThat(image.getHeight()).isEqualTo(384);
		assertThat(colours(image)).isGreaterThan(100);
		assertThat(first).isNotEqualTo(second);
	}

	@Test
	void sameWorkflowIsCachedUntilMemoryIsFreed() throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, WORKFLOW);
		submit(OTHER_ID, WORKFLOW);
		JsonNode second = json(get("/history/" + OTHER_ID)).get(OTHER_ID);
		assertThat(second.get("outputs").findValue("filename").asText()).isEqualTo("cap_00001_.png");
		assertThat(second.at("/status/messages/1/1/nodes")).isEqualTo(json("['1', '2']"));
		this.fake.deleteComfyUiOutputs();
		assertThat(get("/view?filename=cap_00001_.png&subfolder=&type=output").statusCode()).isEqualTo(404);
		post("/free", "{\"free_memory\": true}");
		submit(ID, WORKFLOW);
		assertThat(json(get("/history/" + ID)).findValue("filename").asText()).isEqualTo("cap_00001_.png");
		assertThat(get("/view?filename=cap_00001_.png&subfolder=&type=output").statusCode()).isEqualTo(200);
	}

	@Test
	void oldVersionsHaveNoJobs() throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.64"));
		HttpResponse<String> noRoute = get("/api/jobs/" + ID);
		assertThat(noRoute.statusCode()).isEqualTo(404);
		assertThat(noRoute.headers().firstValue("content-type")).contains("application/octet-stream");
		assertThat(noRoute.body()).isEmpty();
		assertThat(json(get("/system_stats")).at("/system/comfyui_version").asText()).isEqualTo("0.3.64");
	}

	@Test
	void oldestVersionIgnoresTheClientsId() throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39"));
		String id = json(submit(ID, WORKFLOW)).get("prompt_id").asText();
		assertThat(id).isNotEqualTo(ID);
		assertThat(get("/history/" + ID).body()).isEqualTo("{}");
		assertThat(json(get("/history/" + id)).at("/" + id + "/prompt/3/mine").asText()).isEqualTo("m1");
	}

	@ParameterizedTest
	@CsvSource({ "0.3.40,false,false,false", "0.3.44,false,false,false", "0.3.45,true,false,false",
			"0.3.56,true,false,false", "0.3.57,true,true,false", "0.7.9,true,true,false", "0.8.0,true,true,true",
			"0.33.0,true,true,true", "1.2.3,true,true,true" })
	void versionsDiffer(String version, boolean takesId, boolean interruptsById, boolean hasJobs) throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion(version).frozen().renderTime(Duration.ofMinutes(1)));
		String id = json(submit(ID, WORKFLOW)).get("prompt_id").asText();
		assertThat(id.equals(ID)).isEqualTo(takesId);
		assertThat(get("/api/jobs/" + id).statusCode()).isEqualTo(hasJobs ? 200 : 404);
		post("/interrupt", "{\"prompt_id\": \"" + OTHER_ID + "\"}");
		assertThat(get("/history/" + id).body().contains("execution_interrupted")).isEqualTo(!interruptsById);
		assertThat(json(get("/system_stats")).at("/system/comfyui_version").asText()).isEqualTo(version);
	}

	@Test
	void sameIdRunsAgain() throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, WORKFLOW);
		assertThat(json(submit(ID, OTHER_WORKFLOW)).get("number").asInt()).isEqualTo(1);
		assertThat(json(get("/history"))).hasSize(1);
		assertThat(get("/history/" + ID).body()).contains("cap_00002_.png").doesNotContain("cap_00001_.png");
		assertThat(get("/view?filename=cap_00001_.png&subfolder=&type=output").statusCode()).isEqualTo(200);
	}

	@Test
	void interruptWithoutAnIdStopsWhateverRuns() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofMinutes(1)));
		submit(ID, WORKFLOW);
		assertThat(post("/interrupt", "").body()).isEmpty();
		assertThat(get("/history/" + ID).body()).contains("execution_interrupted");
	}

	@Test
	void runThatDoesNotNoticeAnInterruptSucceeds() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofMinutes(1)));
		this.fake.fail(Fault.uninterruptibleRun());
		submit(ID, WORKFLOW);
		assertThat(post("/interrupt", "{\"prompt_id\": \"" + ID + "\"}").statusCode()).isEqualTo(200);
		this.fake.advance(Duration.ofMinutes(1));
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("completed");
	}

	@Test
	void unknownJobIsNotFound() throws Exception {
		start(FakeComfyDeploy.builder());
		HttpResponse<String> response = get("/api/jobs/nosuch");
		assertThat(response.statusCode()).isEqualTo(404);
		assertThat(json(response)).isEqualTo(json("{'error': 'Job not found'}"));
	}

	@Test
	void unknownNodeIsRejected() throws Exception {
		start(FakeComfyDeploy.builder());
		HttpResponse<String> response = submit(ID, "{\"1\": {\"class_type\": \"NoSuchNode\", \"inputs\": {}}}");
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(json(response)).isEqualTo(json("{'error': {'type': 'missing_node_type', 'message': \"Node "
				+ "'NoSuchNode' not found. The custom node may not be installed.\", 'details': \"Node ID '#1'\", "
				+ "'extra_info': {'node_id': '1', 'class_type': 'NoSuchNode', 'node_title': 'NoSuchNode'}}, "
				+ "'node_errors': {}}"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0.3.64", "0.3.39" })
	void unknownNodeIsRejectedByOldVersions(String version) throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		HttpResponse<String> response = submit(ID, "{\"1\": {\"class_type\": \"NoSuchNode\", \"inputs\": {}}}");
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(json(response)).isEqualTo(json("{'error': {'type': 'invalid_prompt', 'message': 'Cannot execute "
				+ "because node NoSuchNode does not exist.', 'details': \"Node ID '#1'\", 'extra_info': {}}, "
				+ "'node_errors': {}}"));
	}

	@Test
	void inputsAreChecked() throws Exception {
		start(FakeComfyDeploy.builder());
		assertThat(json(submit(ID, WORKFLOW.replace("\"width\": 8, ", ""))).get("node_errors")).isEqualTo(
				json("{'1': {'errors': [{'type': 'required_input_missing', 'message': 'Required input is missing', "
						+ "'details': 'width', 'extra_info': {'input_name': 'width'}}], 'dependent_outputs': ['2'], "
						+ "'class_type': 'EmptyImage'}}"));
		assertThat(json(submit(ID, WORKFLOW.replace("\"width\": 8", "\"width\": 99999"))).at("/node_errors/1/errors/0"))
			.isEqualTo(json("{'type': 'value_bigger_than_max', 'message': 'Value 99999 bigger than max of 16384', "
					+ "'details': 'width', 'extra_info': {'input_name': 'width', 'input_config': ['INT', {'min': 1, "
					+ "'max': 16384}], 'received_value': 99999}}"));
		assertThat(errorType(WORKFLOW.replace("\"width\": 8", "\"width\": 0"))).isEqualTo("value_smaller_than_min");
		assertThat(errorType(WORKFLOW.replace("\"width\": 8", "\"width\": \"abc\""))).isEqualTo("invalid_input_type");
		assertThat(errorType(WORKFLOW.replace("[\"1\", 0]", "[\"1\", 0, 3]"))).isEqualTo("bad_linked_input");
		assertThat(errorType(WORKFLOW.replace("[\"1\", 0]", "[\"77\", 0]"))).isEqualTo("exception_during_validation");
		assertThat(errorType(textToImage("a", 1).replace("\"euler\"", "\"bogus\""))).isEqualTo("value_not_in_list");
		assertThat(json(submit(ID, "{}")).at("/error/type").asText()).isEqualTo("prompt_no_outputs");
		assertThat(submit(ID, "{\"1\": \"x\"}").statusCode()).isEqualTo(500);
	}

	@Test
	void bodyWithoutAWorkflowIsRejected() throws Exception {
		start(FakeComfyDeploy.builder());
		assertThat(json(post("/prompt", "{}")).at("/error/type").asText()).isEqualTo("no_prompt");
		HttpResponse<String> noJson = post("/prompt", "not JSON");
		assertThat(noJson.statusCode()).isEqualTo(500);
		assertThat(noJson.headers().firstValue("content-type")).contains("text/plain; charset=utf-8");
	}

	@Test
	void fileThatWasNotUploadedDoesNotValidate() throws Exception {
		start(FakeComfyDeploy.builder());
		assertThat(errorType(WORKFLOW.replace("[\"1\", 0]", "[\"3\", 0]")
			.replaceFirst("\\{", "{\"3\": {\"class_type\": \"LoadImage\", \"inputs\": {\"image\": \"a.png\"}},")))
			.isEqualTo("custom_validation_failed");
	}

	@ParameterizedTest
	@CsvSource({ "0.33.0,dependency_cycle", "0.3.64,", "0.3.39," })
	void cycleIsNamedByNewVersions(String version, String type) throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion(version));
		HttpResponse<String> response = submit(ID, """
				{"1": {"class_type": "VAEDecode", "inputs": {"samples": ["2", 0], "vae": ["4", 2]}},
				 "2": {"class_type": "KSampler", "inputs": {"model": ["4", 0], "seed": 1, "steps": 4, "cfg": 7.5,
				       "sampler_name": "euler", "scheduler": "normal", "positive": ["5", 0], "negative": ["5", 0],
				       "latent_image": ["2", 0], "denoise": 1}},
				 "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
				 "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
				 "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}}}""");
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(json(response).at("/error/type").asText()).isEqualTo("prompt_outputs_failed_validation");
		assertThat(json(response).at("/node_errors/2/errors/0/type").asText()).isEqualTo((type != null) ? type : "");
	}

	@Test
	void outputsThatDoNotValidateAreDropped() throws Exception {
		start(FakeComfyDeploy.builder());
		HttpResponse<String> response = submit(ID, WORKFLOW.replaceFirst("\\{",
				"{\"4\": {\"class_type\": \"SaveImage\", \"inputs\": {\"filename_prefix\": \"x\"}},"));
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(json(response).get("node_errors"))
			.isEqualTo(json("{'4': {'errors': [{'type': 'required_input_missing', 'message': 'Required input is "
					+ "missing', 'details': 'images', 'extra_info': {'input_name': 'images'}}], "
					+ "'dependent_outputs': ['4'], 'class_type': 'SaveImage'}}"));
		assertThat(json(get("/history/" + ID)).at("/" + ID + "/outputs").size()).isEqualTo(1);
	}

	@Test
	void whenTheFakeIsClosedConnectionsAreRefused() {
		for (int i = 0; i < 100; i++) {
			start(FakeComfyDeploy.builder());
			this.fake.close();
			for (String closed : List.of(this.url, this.fake.getBaseUrl())) {
				URI uri = URI.create(closed);
				assertThatExceptionOfType(ConnectException.class).as(closed)
					.isThrownBy(() -> new Socket(uri.getHost(), uri.getPort()).close());
			}
		}
	}

	@Test
	void idIsCheckedByTheNewestVersionOnly() throws Exception {
		start(FakeComfyDeploy.builder());
		assertThat(json(submit("not-a-uuid", WORKFLOW)).at("/error/type").asText()).isEqualTo("invalid_prompt_id");
		this.fake.close();
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.64"));
		assertThat(json(submit("not-a-uuid", WORKFLOW)).get("prompt_id").asText()).isEqualTo("not-a-uuid");
	}

	@Test
	void failedNodeEndsTheRunAndKeepsWhatWasMade() throws Exception {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.failedNode("KSampler", "CUDA out of memory"));
		submit(ID, textToImage("a", 1).replaceFirst("\\{", """
				{"9": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 2}},
				 "8": {"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": "made"}},"""));
		JsonNode entry = json(get("/history/" + ID)).get(ID);
		assertThat(entry.at("/outputs/8/images/0/filename").asText()).isEqualTo("made_00001_.png");
		assertThat(entry.at("/status/status_str").asText()).isEqualTo("error");
		JsonNode error = entry.at("/status/messages/2");
		assertThat(error.at("/0").asText()).isEqualTo("execution_error");
		assertThat(error.at("/1/node_id").asText()).isEqualTo("5");
		assertThat(error.at("/1/node_type").asText()).isEqualTo("KSampler");
		assertThat(error.at("/1/exception_message").asText()).isEqualTo("CUDA out of memory\n");
		JsonNode job = json(get("/api/jobs/" + ID));
		assertThat(job.get("status").asText()).isEqualTo("failed");
		assertThat(job.at("/execution_error/exception_type").asText()).isEqualTo("RuntimeError");
	}

	@ParameterizedTest
	@ValueSource(strings = { "../../x", "/tmp/x", "a/../../x" })
	void pictureIsNotSavedOutsideTheOutputFolder(String prefix) throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, textToImage("a", 1).replaceFirst("\"filename_prefix\": *\"[^\"]*\"",
				"\"filename_prefix\": \"" + prefix + "\""));
		JsonNode entry = json(get("/history/" + ID)).get(ID);
		assertThat(entry.get("outputs")).isEmpty();
		assertThat(entry.at("/status/messages/2/1/exception_type").asText()).isEqualTo("Exception");
		assertThat(entry.at("/status/messages/2/1/exception_message").asText())
			.isEqualTo("**** ERROR: Saving image outside the output folder is not allowed.\n");
	}

	@Test
	void interruptStopsTheRunWithThatId() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofMinutes(1)));
		submit(ID, WORKFLOW);
		submit(OTHER_ID, OTHER_WORKFLOW);
		post("/interrupt", "{\"prompt_id\": \"" + OTHER_ID + "\"}");
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("in_progress");
		post("/interrupt", "{\"prompt_id\": \"" + ID + "\"}");
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("cancelled");
		JsonNode status = json(get("/history/" + ID)).get(ID).get("status");
		assertThat(status.get("status_str").asText()).isEqualTo("error");
		assertThat(status.at("/messages/2/0").asText()).isEqualTo("execution_interrupted");
		assertThat(json(get("/api/jobs/" + OTHER_ID)).get("status").asText()).isEqualTo("in_progress");
	}

	@Test
	void interruptOfTheOldestVersionStopsWhateverRuns() throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39").frozen().renderTime(Duration.ofMinutes(1)));
		String id = json(submit(ID, WORKFLOW)).get("prompt_id").asText();
		post("/interrupt", "{\"prompt_id\": \"" + OTHER_ID + "\"}");
		assertThat(json(get("/history/" + id)).at("/" + id + "/status/messages/2/0").asText())
			.isEqualTo("execution_interrupted");
	}

	@Test
	void pendingWorkflowIsDeleted() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofMinutes(1)));
		submit(ID, WORKFLOW);
		submit(OTHER_ID, OTHER_WORKFLOW);
		assertThat(post("/queue", "{\"delete\": [\"" + OTHER_ID + "\"]}").body()).isEmpty();
		assertThat(json(get("/queue")).get("queue_pending")).isEmpty();
		assertThat(get("/api/jobs/" + OTHER_ID).statusCode()).isEqualTo(404);
	}

	@Test
	void uploadOfOtherBytesUnderTheSameNameGetsAnotherName() throws Exception {
		start(FakeComfyDeploy.builder());
		assertThat(json(upload("u.png", "one"))).isEqualTo(json("{'name': 'u.png', 'subfolder': '', 'type': 'input'}"));
		assertThat(json(upload("u.png", "one")).get("name").asText()).isEqualTo("u.png");
		assertThat(json(upload("u.png", "two")).get("name").asText()).isEqualTo("u (1).png");
		assertThat(get("/view?filename=u.png&subfolder=&type=input").body()).isEqualTo("one");
		assertThat(get("/view?filename=u%20(1).png&subfolder=&type=input").body()).isEqualTo("two");
		assertThat(get("/view?filename=u.png&subfolder=").statusCode()).isEqualTo(404);
	}

	@Test
	void partOfAFileIsServed() throws Exception {
		start(FakeComfyDeploy.builder());
		upload("u.txt", "0123456789");
		HttpResponse<String> response = send(
				request("/view?filename=u.txt&type=input&subfolder=").header("Range", "bytes=3-5"));
		assertThat(response.statusCode()).isEqualTo(206);
		assertThat(response.body()).isEqualTo("345");
		assertThat(response.headers().firstValue("content-range")).contains("bytes 3-5/10");
	}

	@Test
	void whenTheSubfolderIsMissingAnotherFileIsServed() throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, WORKFLOW.replace("\"cap\"", "\"folder/cap\""));
		submit(OTHER_ID, OTHER_WORKFLOW);
		assertThat(json(get("/history/" + ID)).findValue("subfolder").asText()).isEqualTo("folder");
		byte[] wanted = bytes("/view?filename=cap_00001_.png&subfolder=folder&type=output");
		assertThat(bytes("/view?filename=cap_00001_.png")).isNotEmpty().isNotEqualTo(wanted);
	}

	@Test
	void fileThatDidNotChangeIsNotServedAgain() throws Exception {
		start(FakeComfyDeploy.builder());
		upload("u.txt", "0123456789");
		String path = "/view?filename=u.txt&type=input&subfolder=";
		String etag = get(path).headers().firstValue("etag").orElseThrow();
		HttpResponse<String> response = send(request(path).header("If-None-Match", etag));
		assertThat(response.statusCode()).isEqualTo(304);
		assertThat(response.body()).isEmpty();
	}

	@Test
	void faultsHappen() throws Exception {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.status(503).on("comfyui-submit"));
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-submit"));
		assertThat(submit(ID, WORKFLOW).statusCode()).isEqualTo(503);
		assertThat(get("/history/" + ID).body()).isEqualTo("{}");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> submit(ID, WORKFLOW));
		assertThat(get("/history/" + ID).body()).contains("cap_00001_.png");
		this.fake.fail(Fault.unreadableRun());
		submit(OTHER_ID, OTHER_WORKFLOW);
		assertThat(get("/history/" + OTHER_ID).statusCode()).isEqualTo(500);
		assertThat(get("/api/jobs/" + OTHER_ID).statusCode()).isEqualTo(500);
		this.fake.fail(Fault.notANumber());
		submit(OTHER_ID, OTHER_WORKFLOW);
		assertThat(get("/history/" + OTHER_ID).body()).contains("[NaN,Infinity,-Infinity]");
		this.fake.fail(Fault.stuckRun());
		submit(OTHER_ID, OTHER_WORKFLOW);
		this.fake.advance(Duration.ofDays(1));
		assertThat(this.fake.comfyUiRequests()).extracting(ComfyUiRequest::path).contains("/prompt");
	}

	@Test
	void stuckRunIsEndedByARestartOnly() throws Exception {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.stuckRun());
		submit(ID, WORKFLOW);
		post("/interrupt", "{\"prompt_id\": \"" + ID + "\"}");
		assertThat(json(get("/api/jobs/" + ID)).get("status").asText()).isEqualTo("in_progress");
		this.fake.restartComfyUi();
		assertThat(get("/api/jobs/" + ID).statusCode()).isEqualTo(404);
		assertThat(get("/history/" + ID).body()).isEqualTo("{}");
	}

	@Test
	void bodyThatIsTooLargeIsRejected() throws Exception {
		start(FakeComfyDeploy.builder());
		URI uri = URI.create(this.url);
		try (Socket socket = new Socket(uri.getHost(), uri.getPort())) {
			socket.getOutputStream()
				.write(("POST " + uri.getPath() + "/prompt HTTP/1.1\r\nHost: x\r\nContent-Length: 105906176\r\n\r\n")
					.getBytes(StandardCharsets.US_ASCII));
			assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
				.startsWith("HTTP/1.1 413 ");
		}
	}

	@Test
	void socketReportsProgressAndTheEnd() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofSeconds(2)));
		Messages messages = new Messages();
		WebSocket socket = connect("c1", messages);
		assertThat(messages.next()).contains("\"sid\":\"c1\"");
		post("/prompt", "{\"prompt\":" + textToImage("a", 1).replace("\"steps\": 20", "\"steps\": 2")
				+ ",\"prompt_id\":\"" + ID + "\",\"client_id\":\"c1\"}");
		this.fake.advance(Duration.ofSeconds(2));
		List<String> types = new ArrayList<>();
		while (types.isEmpty() || !types.get(types.size() - 1).equals("end")) {
			JsonNode message = json(messages.next());
			boolean end = message.get("type").asText().equals("executing") && message.at("/data/node").isNull();
			types.add(end ? "end" : message.get("type").asText());
		}
		assertThat(types).filteredOn((type) -> !type.equals("progress_state"))
			.containsExactly("status", "execution_start", "execution_cached", "executing", "executing", "executing",
					"executing", "executing", "progress", "progress", "executing", "executing", "executed",
					"execution_success", "status", "end");
		assertThat(types).contains("progress_state");
		assertThat(messages.binary).isPositive();
		socket.abort();
	}

	@Test
	void socketOfTheOldestVersionHasNoProgressState() throws Exception {
		start(FakeComfyDeploy.builder().comfyUiVersion("0.3.39"));
		Messages messages = new Messages();
		connect("c1", messages);
		messages.next();
		post("/prompt", "{\"prompt\":" + WORKFLOW + ",\"client_id\":\"c1\"}");
		String message = messages.next();
		while (!message.contains("execution_success")) {
			assertThat(message).doesNotContain("progress_state");
			message = messages.next();
		}
	}

	@Test
	void socketIsRefusedOrDropped() throws Exception {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.status(502).on("comfyui-socket"));
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> connect("c1", new Messages()));
		this.fake.fail(Fault.drop().carriedOut().on("comfyui-socket"));
		try (Socket socket = handshake("c1")) {
			post("/prompt", "{\"prompt\":" + WORKFLOW + ",\"client_id\":\"c1\"}");
			assertThat(remainingMessages(socket)).isNotEmpty().doesNotContain("execution_success");
		}
	}

	@Test
	void sessionThatIsGoneHasNoComfyUi() throws Exception {
		start(FakeComfyDeploy.builder());
		try (Socket socket = handshake("c1")) {
			assertThat(get("/queue").statusCode()).isEqualTo(200);
			this.fake.advance(Duration.ofHours(1));
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> get("/queue"));
			assertThat(remainingMessages(socket)).isEmpty();
		}
	}

	@Test
	void containerThatIsCancelledTakesItsConnectionsWithIt() throws Exception {
		start(FakeComfyDeploy.builder().frozen().renderTime(Duration.ofMinutes(1)));
		try (Socket socket = handshake("c1")) {
			submit(ID, WORKFLOW);
			this.fake.fail(Fault.delay(Duration.ofMinutes(1)).on("comfyui-queue"));
			CompletableFuture<HttpResponse<String>> late = this.client.sendAsync(request("/queue").build(),
					BodyHandlers.ofString());
			Waiting.until(() -> this.fake.comfyUiRequests().size() == 3);
			new FakeHttpClient(this.fake).delete("/session/" + this.sessionId);
			this.fake.advance(Duration.ofMinutes(1));
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> late.get(30, TimeUnit.SECONDS))
				.withCauseInstanceOf(IOException.class);
			assertThat(remainingMessages(socket)).doesNotContain("execution_success").matches("(?s)|.*}");
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> get("/history/" + ID));
		}
	}

	@Test
	void responseBreaksOff() throws Exception {
		start(FakeComfyDeploy.builder());
		this.fake.fail(Fault.truncated().on("comfyui-queue"));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> get("/queue"));
		this.fake.fail(Fault.truncated().on("comfyui-submit"));
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> submit(ID, WORKFLOW));
		assertThat(get("/history/" + ID).body()).contains("cap_00001_.png");
	}

	@Test
	void laterSocketWithTheSameIdSilencesTheEarlierOne() throws Exception {
		start(FakeComfyDeploy.builder());
		Messages first = new Messages();
		connect("c1", first);
		first.next();
		Messages second = new Messages();
		connect("c1", second);
		second.next();
		post("/prompt", "{\"prompt\":" + WORKFLOW + ",\"client_id\":\"c1\"}");
		String message = second.next();
		while (!message.contains("execution_success")) {
			message = second.next();
		}
		assertThat(first.texts).noneMatch((text) -> text.contains("execution_"));
	}

	@Test
	void browserSeesAPage() throws Exception {
		start(FakeComfyDeploy.builder());
		submit(ID, WORKFLOW);
		HttpResponse<String> page = get("/");
		assertThat(page.headers().firstValue("content-type")).contains("text/html; charset=utf-8");
		String path = URI.create(this.url).getPath();
		assertThat(page.body()).contains("ComfyUI of a fake session", "Idle",
				"src=\"" + path + "/view?filename=cap_00001_.png&amp;subfolder=&amp;type=output\"");
		assertThat(get("").body()).isEqualTo(page.body());
	}

	@Test
	void requestsAreRecordedWithAllTheirBytes() throws Exception {
		start(FakeComfyDeploy.builder());
		post("/free", "{\"free_memory\": true}");
		ComfyUiRequest request = this.fake.comfyUiRequests().get(0);
		assertThat(request.method()).isEqualTo("POST");
		assertThat(request.path()).isEqualTo("/free");
		assertThat(request.header("content-TYPE")).contains("application/json");
		assertThat(request.body()).isEqualTo("{\"free_memory\": true}");
		assertThat(new String(request.toBytes(), StandardCharsets.UTF_8)).startsWith("POST /")
			.endsWith("\r\n\r\n{\"free_memory\": true}");
		this.fake.reset();
		assertThat(this.fake.comfyUiRequests()).isEmpty();
	}

	private void start(FakeComfyDeploy.Builder builder) {
		this.fake = builder.start();
		FakeHttpClient api = new FakeHttpClient(this.fake);
		this.sessionId = api.post("/session", "{\"machine_id\":\"" + FakeComfyDeploy.MACHINE_ID + "\"}")
			.json()
			.get("session_id")
			.asText();
		this.url = api.get("/session/" + this.sessionId).json().get("url").asText();
	}

	private static String textToImage(String text, int seed) {
		return """
				{"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
				 "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "%s", "clip": ["1", 1]}},
				 "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
				 "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 384, "batch_size": 1}},
				 "5": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "seed": %d, "steps": 20, "cfg": 7.5,
				       "sampler_name": "euler", "scheduler": "normal", "positive": ["2", 0], "negative": ["3", 0],
				       "latent_image": ["4", 0], "denoise": 1}},
				 "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
				 "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "ComfyUI"}}}"""
			.formatted(text, seed);
	}

	private static long colours(BufferedImage image) {
		return Arrays.stream(image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()))
			.distinct()
			.count();
	}

	private String errorType(String workflow) throws Exception {
		return json(submit(ID, workflow)).get("node_errors").findValue("type").asText();
	}

	private HttpResponse<String> submit(String id, String workflow) throws Exception {
		return post("/prompt",
				"{\"prompt\":" + workflow + ",\"prompt_id\":\"" + id + "\",\"extra_data\":{\"mine\":\"m1\"}}");
	}

	private HttpResponse<String> upload(String filename, String content) throws Exception {
		String body = "--B\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\ninput\r\n--B\r\nContent-Disposition: "
				+ "form-data; name=\"image\"; filename=\"" + filename + "\"\r\nContent-Type: image/png\r\n\r\n"
				+ content + "\r\n--B--\r\n";
		return send(request("/upload/image").header("Content-Type", "multipart/form-data; boundary=B")
			.POST(BodyPublishers.ofString(body)));
	}

	private HttpResponse<String> post(String path, String body) throws Exception {
		return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
	}

	private HttpResponse<String> get(String path) throws Exception {
		return send(request(path));
	}

	private byte[] bytes(String path) throws Exception {
		return this.client.send(request(path).build(), BodyHandlers.ofByteArray()).body();
	}

	private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
		return this.client.send(request.build(), BodyHandlers.ofString());
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create(this.url + path)).timeout(Duration.ofSeconds(60));
	}

	private WebSocket connect(String clientId, Messages messages) throws Exception {
		return this.client.newWebSocketBuilder()
			.buildAsync(URI.create(this.url.replaceFirst("http", "ws") + "/ws?clientId=" + clientId), messages)
			.get(30, TimeUnit.SECONDS);
	}

	/**
	 * Connect a WebSocket and read the first message. It does not use the JDK's client,
	 * which sometimes misses that the server has closed the connection.
	 */
	private Socket handshake(String clientId) throws IOException {
		URI uri = URI.create(this.url);
		Socket socket = new Socket(uri.getHost(), uri.getPort());
		socket.setSoTimeout(30_000);
		socket.getOutputStream()
			.write(("GET " + uri.getPath() + "/ws?clientId=" + clientId
					+ " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
					+ "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
				.getBytes(StandardCharsets.US_ASCII));
		StringBuilder received = new StringBuilder();
		while (received.indexOf("\"sid\":\"" + clientId + "\"}}") < 0) {
			int next = socket.getInputStream().read();
			assertThat(next).as(received.toString()).isNotNegative();
			received.append((char) next);
		}
		assertThat(received.toString()).startsWith("HTTP/1.1 101 ")
			.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
		return socket;
	}

	/** Read the messages until the server closes the connection. */
	private static String remainingMessages(Socket socket) throws IOException {
		return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	private static JsonNode json(HttpResponse<String> response) throws Exception {
		return new ObjectMapper().readTree(response.body());
	}

	/** With single quotes where there are no double ones. */
	private static JsonNode json(String text) throws Exception {
		return new ObjectMapper().enable(JsonParser.Feature.ALLOW_SINGLE_QUOTES).readTree(text);
	}

	private static final class Messages implements WebSocket.Listener {

		private final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>();

		private final StringBuilder text = new StringBuilder();

		private volatile int binary;

		String next() throws InterruptedException {
			String next = this.texts.poll(30, TimeUnit.SECONDS);
			assertThat(next).isNotNull();
			return next;
		}

		@Override
		public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
			this.text.append(data);
			if (last) {
				this.texts.add(this.text.toString());
				this.text.setLength(0);
			}
			socket.request(1);
			return null;
		}

		@Override
		public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
			this.binary += data.remaining();
			socket.request(1);
			return null;
		}

	}

}
