package com.comfydeploy.comfyui;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * Ends a prompt, and no other.
 */
final class PromptInterrupter {

	private static final int[] FIRST_BY_ID = { 0, 3, 57 };

	private final ComfyUiHttp http;

	private final PromptLookup lookup;

	PromptInterrupter(ComfyUiHttp http, PromptLookup lookup) {
		this.http = http;
		this.lookup = lookup;
	}

	/**
	 * Take a prompt out of the queue, or interrupt it if it runs.
	 * @param anyVersion whether to do so where another prompt may be hit
	 */
	void interrupt(ComfyUiCall call, String promptId, boolean anyVersion) throws InterruptedException {
		String id;
		try {
			PromptState state = this.lookup.findInQueue(call, promptId);
			if (state.kind() == PromptState.Kind.PENDING) {
				Map<String, Object> body = Map.of("delete", List.of(state.promptId()));
				this.http.sendRepeatedly(call, () -> this.http.post(call, "/queue", body));
				state = this.lookup.findInQueue(call, promptId);
			}
			if (state.kind() != PromptState.Kind.RUNNING) {
				return;
			}
			id = state.promptId();
			String version = anyVersion ? null : stats(call).version();
			if (!anyVersion && !interruptsById(version)) {
				throw new InterruptNotSupportedException(promptId, version, call.operation());
			}
		}
		catch (RequestFailure failure) {
			throw failure.isInterrupted() ? call.interrupted() : call.failed(failure);
		}
		send(call, id);
	}

	/** Never repeated: on an old version a second one hits the next prompt. */
	private void send(ComfyUiCall call, String promptId) {
		call.beginStep();
		try {
			ComfyUiHttp
				.successful(this.http.send(call, this.http.post(call, "/interrupt", Map.of("prompt_id", promptId))));
		}
		catch (RequestFailure failure) {
			throw call.failed(failure, failure.isAmbiguous(), failure.isAmbiguous() ? ". It may be interrupted" : "");
		}
	}

	ComfyUiStats stats(ComfyUiCall call) throws InterruptedException {
		TransportResponse response = this.http.sendRepeatedly(call, () -> this.http.get(call, "/system_stats"));
		Map<String, Object> json = ComfyUiHttp.json(response);
		Map<String, Object> system = JsonValues.object(json.get("system"));
		return new ComfyUiStats(JsonValues.text(system.get("comfyui_version")),
				JsonValues.text(system.get("python_version")), JsonValues.text(system.get("pytorch_version")),
				JsonValues.text(system.get("os")), toLong(system.get("ram_total")), toLong(system.get("ram_free")),
				JsonValues.list(json.get("devices"))
					.stream()
					.map(JsonValues::object)
					.map(PromptInterrupter::device)
					.toList());
	}

	private static ComfyUiStats.Device device(Map<String, Object> device) {
		Number index = JsonValues.number(device.get("index"));
		return new ComfyUiStats.Device(JsonValues.text(device.get("name")), JsonValues.text(device.get("type")),
				(index != null) ? (Integer) index.intValue() : null, toLong(device.get("vram_total")),
				toLong(device.get("vram_free")));
	}

	private static @Nullable Long toLong(@Nullable Object value) {
		Number number = JsonValues.number(value);
		return (number != null) ? (Long) number.longValue() : null;
	}

	/** Whether a version leaves other prompts than the named one alone. */
	static boolean interruptsById(@Nullable String version) {
		if (version == null || !version.matches("v?[0-9]{1,6}(\\.[0-9]{1,6}){1,3}([^0-9.].*)?")) {
			return false;
		}
		int[] parts = Arrays.stream(version.replaceFirst("^v", "").replaceFirst("[^0-9.].*$", "").split("\\."))
			.mapToInt(Integer::parseInt)
			.toArray();
		return Arrays.compare(Arrays.copyOf(parts, 3), FIRST_BY_ID) >= 0;
	}

}
