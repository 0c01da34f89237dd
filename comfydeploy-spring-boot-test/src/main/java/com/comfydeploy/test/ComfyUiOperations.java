package com.comfydeploy.test;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Names of the requests to a ComfyUI. A fault can be limited to some of them.
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
	 * Return the name of a request, or {@code null} if it has none.
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

	/** Return the path without the prefix {@code /api}, which only jobs require. */
	static String path(ComfyUiRequest request) {
		String path = request.path().split("\\?", 2)[0];
		if (path.startsWith("/api/")) {
			return path.substring(4);
		}
		return path.startsWith("/jobs") ? "/no" + path : path;
	}

}
