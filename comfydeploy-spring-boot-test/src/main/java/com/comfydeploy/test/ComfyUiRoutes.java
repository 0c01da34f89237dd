package com.comfydeploy.test;

import java.net.URLConnection;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.json.UnreadableJsonException;

/**
 * Endpoints of the ComfyUI of one session.
 */
final class ComfyUiRoutes {

	private static final Pattern CANONICAL_UUID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

	private static final Pattern RANGE = Pattern.compile("bytes=([0-9]+)-([0-9]*)");

	private static final long GIB = 1024L * 1024 * 1024;

	private final String basePath;

	private final ComfyUiVersion version;

	private final FakeFaults faults;

	private final ComfyUiFiles files = new ComfyUiFiles();

	private final ComfyUiSockets sockets = new ComfyUiSockets();

	private final ComfyUiQueue queue;

	ComfyUiRoutes(String basePath, ComfyUiVersion version, FakeClock clock, Duration renderTime, FakeFaults faults) {
		this.basePath = basePath;
		this.version = version;
		this.faults = faults;
		this.queue = new ComfyUiQueue(clock, renderTime, version, this.files, this.sockets);
	}

	String basePath() {
		return this.basePath;
	}

	ComfyUiQueue queue() {
		return this.queue;
	}

	ComfyUiSockets sockets() {
		return this.sockets;
	}

	void restart() {
		this.queue.restart();
		this.files.delete(ComfyUiFiles.TEMP);
	}

	void deleteOutputs() {
		this.files.delete(ComfyUiFiles.OUTPUT);
		this.files.delete(ComfyUiFiles.TEMP);
	}

	FakeResponse respond(ComfyUiRequest request) {
		try {
			FakeResponse response = route(request);
			return (response.statusCode() < 500) ? response.withHeader("Access-Control-Allow-Origin", "*") : response;
		}
		catch (ApiError | UnreadableJsonException | ClassCastException | NumberFormatException ex) {
			return ComfyUiValidation.internalError();
		}
	}

	private FakeResponse route(ComfyUiRequest request) {
		String path = ComfyUiOperations.path(request);
		boolean get = request.method().equals("GET") || request.method().equals("HEAD");
		if (request.method().equals("OPTIONS")) {
			return empty(200);
		}
		if (!get && !request.method().equals("POST")) {
			return FakeResponse.text(405, "405: Method Not Allowed");
		}
		if (get && path.startsWith("/history/") && path.length() > 9) {
			return FakeResponse.json(200, this.queue.history(decode(path.substring(9)), null));
		}
		if (get && this.version.hasJobs() && path.startsWith("/jobs/")) {
			Map<String, @Nullable Object> job = this.queue.job(decode(path.substring(6)));
			return (job != null) ? FakeResponse.json(200, job)
					: FakeResponse.json(404, Map.of("error", "Job not found"));
		}
		if (get && path.startsWith("/object_info/")) {
			return nodeType(decode(path.substring(13)));
		}
		return get ? get(path, request) : post(path, request);
	}

	private static FakeResponse nodeType(String name) {
		ComfyUiNodeType type = ComfyUiNodeType.find(name);
		return FakeResponse.json(200, (type != null) ? Map.of(name, type.toJson()) : Map.of());
	}

	private FakeResponse get(String path, ComfyUiRequest request) {
		return switch (path) {
			case "", "/" -> page();
			case "/prompt" -> FakeResponse.json(200, Map.of("exec_info", Map.of("queue_remaining", remaining())));
			case "/queue" -> FakeResponse.json(200, this.queue.toJson());
			case "/history" -> {
				String maxItems = parameters(request).get("max_items");
				yield FakeResponse.json(200,
						this.queue.history(null, (maxItems != null) ? Integer.valueOf(maxItems) : null));
			}
			case "/system_stats" -> FakeResponse.json(200, stats());
			case "/view" -> view(request);
			case "/ws" ->
				FakeResponse.text(400, "No WebSocket UPGRADE hdr: None\n Can \"Upgrade\" only to \"WebSocket\".");
			default -> noRoute();
		};
	}

	private FakeResponse post(String path, ComfyUiRequest request) {
		switch (path) {
			case "/prompt":
				return submit(object(request.body()));
			case "/queue":
				delete(object(request.body()));
				return empty(200);
			case "/history":
				deleteHistory(object(request.body()));
				return empty(200);
			case "/interrupt":
				interrupt(request.body());
				return empty(200);
			case "/free":
				if (Boolean.TRUE.equals(object(request.body()).get("free_memory"))) {
					this.queue.free();
				}
				return empty(200);
			case "/upload/image":
				return upload(request);
			default:
				return noRoute();
		}
	}

	private int remaining() {
		this.queue.advance();
		return this.queue.remaining();
	}

	private FakeResponse page() {
		return ComfyUiPage.render(this.basePath, this.version, remaining(), this.files);
	}

	private FakeResponse submit(Map<String, @Nullable Object> body) {
		if (!body.containsKey("prompt")) {
			return ComfyUiValidation.rejection(
					ComfyUiValidation.error("no_prompt", "No prompt provided", "No prompt provided", Map.of()),
					Map.of());
		}
		Object id = body.get("prompt_id");
		if (id != null && this.version.isStrict() && !CANONICAL_UUID.matcher(String.valueOf(id)).matches()) {
			return ComfyUiValidation
				.rejection(ComfyUiValidation.error("invalid_prompt_id", "prompt_id must be a valid UUID",
						"prompt_id must be a UUID string in canonical lowercase hyphenated "
								+ "form; omit it to let the server generate one",
						Map.of()), Map.of());
		}
		ComfyUiGraph graph = new ComfyUiGraph(object(body.get("prompt")));
		ComfyUiValidation validation = new ComfyUiValidation(graph, this.version, this.files);
		FakeResponse rejection = validation.rejection();
		if (rejection != null) {
			return rejection;
		}
		Map<String, @Nullable Object> extra = new LinkedHashMap<>();
		if (body.get("extra_data") != null) {
			extra.putAll(object(body.get("extra_data")));
		}
		if (body.get("client_id") != null) {
			extra.put("client_id", body.get("client_id"));
		}
		ComfyUiPrompt prompt = this.queue.submit((id != null) ? String.valueOf(id) : null, graph, extra,
				validation.goodOutputs(), Boolean.TRUE.equals(body.get("front")), this.faults.nextRun());
		Map<String, Object> response = new LinkedHashMap<>();
		response.put("prompt_id", prompt.id());
		response.put("number", prompt.number());
		response.put("node_errors", validation.nodeErrors());
		return FakeResponse.json(200, response);
	}

	private void delete(Map<String, @Nullable Object> body) {
		if (Boolean.TRUE.equals(body.get("clear"))) {
			this.queue.clear();
		}
		if (body.get("delete") instanceof Collection<?> ids) {
			this.queue.delete(ids.stream().map(String::valueOf).toList());
		}
	}

	private void deleteHistory(Map<String, @Nullable Object> body) {
		if (Boolean.TRUE.equals(body.get("clear"))) {
			this.queue.clearHistory();
		}
		if (body.get("delete") instanceof Collection<?> ids) {
			this.queue.deleteHistory(ids.stream().map(String::valueOf).toList());
		}
	}

	/** If there is no readable id, the running prompt is interrupted. */
	private void interrupt(String body) {
		Object id = null;
		try {
			id = body.isEmpty() ? null : object(body).get("prompt_id");
		}
		catch (UnreadableJsonException ex) {
			// No id
		}
		this.queue.interrupt((id != null) ? String.valueOf(id) : null);
	}

	private FakeResponse upload(ComfyUiRequest request) {
		MultipartBody body = MultipartBody.read(request.header("Content-Type").orElse(""), request.content());
		MultipartBody.Part image = (body != null) ? body.file("image") : null;
		String filename = (image != null) ? image.filename() : null;
		if (body == null || image == null || filename == null || filename.isEmpty()) {
			return empty(400);
		}
		String subfolder = body.text("subfolder", "");
		if (subfolder.contains("..") || subfolder.startsWith("/")) {
			return empty(400);
		}
		if (filename.contains("/")) {
			throw ApiError.internal();
		}
		String overwrite = body.text("overwrite", "").toLowerCase(Locale.ROOT);
		ComfyUiFiles.Name name = this.files.upload(
				new ComfyUiFiles.Name(filename, subfolder, body.text("type", ComfyUiFiles.INPUT)), image.content(),
				overwrite.equals("true") || overwrite.equals("1"));
		Map<String, Object> response = new LinkedHashMap<>();
		response.put("name", name.filename());
		response.put("subfolder", name.subfolder());
		response.put("type", name.type());
		return FakeResponse.json(200, response);
	}

	/** If the subfolder or the type is missing, the response may be another file. */
	private FakeResponse view(ComfyUiRequest request) {
		Map<String, String> parameters = parameters(request);
		String filename = parameters.getOrDefault("filename", "");
		String type = parameters.getOrDefault("type", ComfyUiFiles.OUTPUT);
		if (filename.isEmpty()) {
			return empty(404);
		}
		if (filename.contains("..") || filename.startsWith("/")
				|| !List.of(ComfyUiFiles.INPUT, ComfyUiFiles.OUTPUT, ComfyUiFiles.TEMP).contains(type)) {
			return empty(400);
		}
		byte[] content = this.files
			.read(new ComfyUiFiles.Name(filename, parameters.getOrDefault("subfolder", ""), type));
		if (content == null) {
			return empty(404);
		}
		String etag = "\"" + Integer.toHexString(Arrays.hashCode(content)) + "-" + Integer.toHexString(content.length)
				+ "\"";
		if (request.header("If-None-Match").filter(etag::equals).isPresent()) {
			return empty(304).withHeader("ETag", etag);
		}
		FakeResponse response = new FakeResponse(200, Map.of(), content, null)
			.withHeader("Content-Type", contentType(filename))
			.withHeader("Content-Disposition", "filename=\"" + ascii(filename) + "\"")
			.withHeader("ETag", etag)
			.withHeader("Accept-Ranges", "bytes");
		return request.header("Range").map((range) -> part(response, range)).orElse(response);
	}

	private static FakeResponse part(FakeResponse response, String range) {
		Matcher matcher = RANGE.matcher(range);
		byte[] content = response.body();
		if (!matcher.matches()) {
			return response;
		}
		int from = Integer.parseInt(matcher.group(1));
		int to = matcher.group(2).isEmpty() ? content.length
				: Math.min(content.length, Integer.parseInt(matcher.group(2)) + 1);
		if (from >= to) {
			return empty(416).withHeader("Content-Range", "bytes */" + content.length);
		}
		return new FakeResponse(206, response.headers(), Arrays.copyOfRange(content, from, to), null)
			.withHeader("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
	}

	private Map<String, Object> stats() {
		Map<String, Object> system = new LinkedHashMap<>();
		system.put("os", this.version.isStrict() ? "linux" : "posix");
		system.put("ram_total", 32 * GIB);
		system.put("ram_free", 24 * GIB);
		system.put("comfyui_version", this.version.toString());
		system.put("python_version", "3.11.7 (main)");
		system.put("pytorch_version", "2.13.0+fake");
		system.put("embedded_python", false);
		system.put("argv", List.of("main.py"));
		Map<String, Object> device = new LinkedHashMap<>();
		device.put("name", "cuda:0 Fake GPU");
		device.put("type", "cuda");
		device.put("index", 0);
		device.put("vram_total", 24 * GIB);
		device.put("vram_free", 20 * GIB);
		device.put("torch_vram_total", 24 * GIB);
		device.put("torch_vram_free", 20 * GIB);
		Map<String, Object> stats = new LinkedHashMap<>();
		stats.put("system", system);
		stats.put("devices", List.of(device));
		return stats;
	}

	private static FakeResponse empty(int statusCode) {
		return FakeResponse.empty(statusCode, Map.of());
	}

	/** Return the response of a route that does not exist. */
	private static FakeResponse noRoute() {
		return FakeResponse.empty(404, Map.of("Content-Type", "application/octet-stream"));
	}

	static Map<String, String> parameters(ComfyUiRequest request) {
		Map<String, String> parameters = new LinkedHashMap<>();
		String[] parts = request.path().split("\\?", 2);
		if (parts.length == 2) {
			for (String pair : parts[1].split("&")) {
				String[] nameAndValue = pair.split("=", 2);
				parameters.putIfAbsent(decode(nameAndValue[0]),
						(nameAndValue.length == 2) ? decode(nameAndValue[1]) : "");
			}
		}
		return parameters;
	}

	private static String decode(String text) {
		return URLDecoder.decode(text, StandardCharsets.UTF_8);
	}

	private static String ascii(String filename) {
		return filename.replaceAll("[^ -~]|\"", "_");
	}

	private static String contentType(String filename) {
		String type = URLConnection.guessContentTypeFromName(filename);
		return (type != null) ? type : "application/octet-stream";
	}

	private static Map<String, @Nullable Object> object(String json) {
		return object(RequestJson.read(json));
	}

	@SuppressWarnings("unchecked")
	private static Map<String, @Nullable Object> object(@Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			return (Map<String, @Nullable Object>) map;
		}
		throw ApiError.internal();
	}

}
