package com.comfydeploy.comfyui;

import java.time.Duration;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Workflows that the fake can run, and a ComfyUI to run them on.
 */
final class Workflows {

	static final Workflow PICTURE = Workflow.of("""
			{"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
			 "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]},
			       "_meta": {"title": "Positive"}},
			 "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]},
			       "_meta": {"title": "Negative"}},
			 "4": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 64, "batch_size": 1}},
			 "5": {"class_type": "KSampler", "inputs": {"model": ["1", 0], "seed": 1, "steps": 4, "cfg": 7.5,
			       "sampler_name": "euler", "scheduler": "normal", "positive": ["2", 0], "negative": ["3", 0],
			       "latent_image": ["4", 0], "denoise": 1}},
			 "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["1", 2]}},
			 "7": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "ComfyUI"}}}""");

	private Workflows() {
	}

	static Workflow picture(String text, long seed) {
		return PICTURE.input("Positive", "text", text).input("5", "seed", seed);
	}

	/** A workflow with two outputs, of which one does not validate. */
	static Workflow partlyInvalid() {
		return Workflow.of(PICTURE.toJson()
			.replaceFirst("\\{", "{\"8\":{\"class_type\":\"SaveImage\",\"inputs\":{\"filename_prefix\":\"x\"}},"));
	}

	/** Create a session, and return its URL. */
	static String url(FakeComfyDeploy fake) {
		return url(fake, Duration.ofMinutes(15));
	}

	/** Create a session that lasts for some time, and return its URL. */
	static String url(FakeComfyDeploy fake, Duration timeout) {
		try (SessionClient sessions = SessionOperationsBuilder.authorizedBy(fake::getBearer)
			.baseUrl(fake.getBaseUrl())
			.build()) {
			String id = sessions
				.create(CreateSessionRequest.forMachine(FakeComfyDeploy.MACHINE_ID).timeout(timeout).build())
				.sessionId();
			String url = sessions.get(id).url();
			assertThat(url).isNotNull();
			return url;
		}
	}

}
