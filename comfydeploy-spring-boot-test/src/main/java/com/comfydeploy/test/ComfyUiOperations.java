package com.comfydeploy.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Names for what is asked of a ComfyUI, by which faults are made to happen.
 */
final class ComfyUiOperations {

	static final String SUBMIT = "comfyui-submit";

	private static final String SOCKET = "comfyui-socket";

	static final List<String> ALL = List.of(SUBMIT, "comfyui-job", "comfyui-queue", "comfyui-history", SOCKET,
			"comfyui-view", "comfyui-upload", "comfyui-delete", "comfyui-interrupt", "comfyui-free", "comfyui-stats",
			"comfyui-node-type");

	private ComfyUiOperations() {
	}

	/**
	 * The name of what is asked for, or {@code null} for what has none.
	 */
	static @Nullable String of(ComfyUiRequest request) {
		String path = path(request);
		boolean post = request.method().equals("POST");
		return switch (path) {
			case "/prompt" -> post ? SUBMIT : null;
			case "/queue" -> post ? "comfyui-delete" : "comfyui-queue";
			case "/interrupt" -> "comfyui-interrupt";
			case "/free" -> "comfyui-free";
			case "/system_stats" -> "comfyui-stats";
			case "/view" -> "comfyui-view";
			case "/upload/image" -> "comfyui-upload";
			case "/ws" -> SOCKET;
			default -> {
				if (path.startsWith("/history")) {
					yield "comfyui-history";
				}
				if (path.startsWith("/object_info/")) {
					yield "comfyui-node-type";
				}
				yield path.startsWith("/jobs/") ? "comfyui-job" : null;
			}
		};
	}

	/** All but jobs is there with and without a prefix; jobs only with it. */
	static String path(ComfyUiRequest request) {
		String path = request.path().split("\\?", 2)[0];
		if (path.startsWith("/api/")) {
			return path.substring(4);
		}
		return path.startsWith("/jobs") ? "/no" + path : path;
	}

}
