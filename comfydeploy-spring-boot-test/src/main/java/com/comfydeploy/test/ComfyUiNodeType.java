package com.comfydeploy.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Type of node that the fake's ComfyUI knows.
 *
 * @param name the {@code class_type}
 * @param inputs the inputs, all of which are required
 * @param returns the types of the outputs
 * @param isOutput whether it is an output node, with which a workflow can end
 */
record ComfyUiNodeType(String name, List<Input> inputs, List<String> returns, boolean isOutput) {

	private static final List<String> SAMPLERS = List.of("euler", "euler_ancestral", "heun", "dpmpp_2m", "dpmpp_sde",
			"ddim", "uni_pc");

	private static final List<String> SCHEDULERS = List.of("normal", "karras", "exponential", "simple", "sgm_uniform");

	private static final Map<String, ComfyUiNodeType> CATALOGUE = List
		.of(node("CheckpointLoaderSimple", List.of("MODEL", "CLIP", "VAE"),
				choice("ckpt_name",
						List.of("v1-5-pruned-emaonly.safetensors", "sd_xl_base_1.0.safetensors",
								"flux1-dev-fp8.safetensors"))),
				node("CLIPTextEncode", List.of("CONDITIONING"), any("text", "STRING"), any("clip", "CLIP")),
				node("EmptyLatentImage", List.of("LATENT"), number("width", 16, 16384), number("height", 16, 16384),
						number("batch_size", 1, 4096)),
				node("KSampler", List.of("LATENT"), any("model", "MODEL"), number("seed", 0, Long.MAX_VALUE),
						number("steps", 1, 10000), decimal("cfg", 0, 100), choice("sampler_name", SAMPLERS),
						choice("scheduler", SCHEDULERS), any("positive", "CONDITIONING"),
						any("negative", "CONDITIONING"), any("latent_image", "LATENT"), decimal("denoise", 0, 1)),
				node("VAEDecode", List.of("IMAGE"), any("samples", "LATENT"), any("vae", "VAE")),
				node("LoadImage", List.of("IMAGE", "MASK"), any("image", "FILE")),
				node("EmptyImage", List.of("IMAGE"), number("width", 1, 16384), number("height", 1, 16384),
						number("batch_size", 1, 4096), number("color", 0, 0xffffff)),
				output("SaveImage", any("images", "IMAGE"), any("filename_prefix", "STRING")),
				output("PreviewImage", any("images", "IMAGE")))
		.stream()
		.collect(Collectors.toMap(ComfyUiNodeType::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));

	static @Nullable ComfyUiNodeType find(@Nullable Object name) {
		return (name instanceof String string) ? CATALOGUE.get(string) : null;
	}

	/**
	 * Return the response to {@code GET /object_info/{name}}, as far as the fake knows
	 * it.
	 */
	Map<String, Object> toJson() {
		Map<String, Object> required = new LinkedHashMap<>();
		this.inputs.forEach((input) -> required.put(input.name(), input.config()));
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("input", Map.of("required", required));
		json.put("output", this.returns);
		json.put("name", this.name);
		json.put("output_node", this.isOutput);
		return json;
	}

	private static ComfyUiNodeType node(String name, List<String> returns, Input... inputs) {
		return new ComfyUiNodeType(name, List.of(inputs), returns, false);
	}

	private static ComfyUiNodeType output(String name, Input... inputs) {
		return new ComfyUiNodeType(name, List.of(inputs), List.of(), true);
	}

	private static Input any(String name, String type) {
		return new Input(name, type, null, null, null);
	}

	private static Input choice(String name, List<String> choices) {
		return new Input(name, "COMBO", null, null, choices);
	}

	private static Input number(String name, long min, long max) {
		return new Input(name, "INT", min, max, null);
	}

	private static Input decimal(String name, long min, long max) {
		return new Input(name, "FLOAT", min, max, null);
	}

	/**
	 * Input of a node.
	 *
	 * @param name the name
	 * @param type the type of its values
	 * @param min the smallest number, or {@code null} for other types
	 * @param max the largest number, or {@code null} for other types
	 * @param choices the allowed values, or {@code null} for all values of the type
	 */
	record Input(String name, String type, @Nullable Long min, @Nullable Long max, @Nullable List<String> choices) {

		List<Object> config() {
			if (this.choices != null) {
				return List.of(this.choices, Map.of());
			}
			return List.of(this.type,
					(this.min != null && this.max != null) ? Map.of("min", this.min, "max", this.max) : Map.of());
		}

	}

}
