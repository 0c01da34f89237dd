package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * Ends one prompt without affecting others.
 */
final class PromptInterrupter {

	private static final int[] FIRST_BY_ID = { 0, 3, 57 };

	private static final Log logger = LogFactory.getLog(PromptInterrupter.class);

	/** Maximum time to wait for the effect of an interrupt. */
	private static final Duration EFFECT_TIMEOUT = Duration.ofSeconds(5);

	private final ComfyUiHttp http;

	private final PromptLookup lookup;

	private final SignalWaiter time;

	PromptInterrupter(ComfyUiHttp http, PromptLookup lookup, SignalWaiter time) {
		this.http = http;
		this.lookup = lookup;
		this.time = time;
	}

	/**
	 * Delete a prompt from the queue, or interrupt it if it is running, and wait until it
	 * has ended.
	 * @param anyVersion whether to interrupt where another prompt may be affected
	 */
	void interrupt(ComfyUiCall call, String promptId, boolean anyVersion) throws InterruptedException {
		try {
			interruptAndWait(call, promptId, anyVersion);
		}
		catch (RequestFailure failure) {
			throw failure.isInterrupted() ? call.interrupted() : call.failed(failure);
		}
	}

	private void interruptAndWait(ComfyUiCall call, String promptId, boolean anyVersion) throws InterruptedException {
		Deadline deadline = call.deadline().within(EFFECT_TIMEOUT);
		PollInterval interval = new PollInterval();
		boolean deleted = false;
		boolean interrupted = false;
		RequestFailure failure = null;
		PromptState state = this.lookup.findInQueue(call, promptId);
		while (state.kind() != PromptState.Kind.UNKNOWN) {
			if (state.kind() == PromptState.Kind.PENDING && !deleted) {
				delete(call, state.promptId());
				deleted = true;
			}
			else if (state.kind() == PromptState.Kind.RUNNING && !interrupted) {
				if (!anyVersion) {
					requireInterruptById(call, state.promptId());
				}
				failure = send(call, state.promptId());
				interrupted = true;
			}
			else if (deadline.hasPassed()) {
				reportNoEffect(call, state, failure);
				return;
			}
			else {
				this.time.await(new Signal(), deadline.within(interval.next()).remaining());
			}
			state = this.lookup.findInQueue(call, promptId);
		}
	}

	private void delete(ComfyUiCall call, String promptId) throws InterruptedException {
		Map<String, Object> body = Map.of("delete", List.of(promptId));
		this.http.sendRepeatedly(call, () -> this.http.post(call, "/queue", body));
	}

	private void requireInterruptById(ComfyUiCall call, String promptId) throws InterruptedException {
		String version = stats(call).version();
		if (!interruptsById(version)) {
			throw new InterruptNotSupportedException(promptId, version, call.operation());
		}
	}

	/**
	 * Send an interrupt once: on an old version a second one would end the next prompt.
	 * @return the failure if it may have taken effect, or {@code null}
	 */
	private @Nullable RequestFailure send(ComfyUiCall call, String promptId) {
		call.beginRequest();
		try {
			ComfyUiHttp
				.successful(this.http.send(call, this.http.post(call, "/interrupt", Map.of("prompt_id", promptId))));
			return null;
		}
		catch (RequestFailure failure) {
			if (failure.isAmbiguous() && !failure.endsCall()) {
				return failure;
			}
			throw failure.isAmbiguous() ? call.failed(failure, true, ". It may be interrupted") : failure;
		}
	}

	private static void reportNoEffect(ComfyUiCall call, PromptState state, @Nullable RequestFailure failure) {
		if (failure != null) {
			throw call.failed(failure, true, ". It may be interrupted later");
		}
		logger.warn(call.operation() + ": prompt " + state.promptId() + " is still running "
				+ Durations.format(EFFECT_TIMEOUT)
				+ " after the interrupt. ComfyUI ends it after the current step or node: await waits for its end");
	}

	ComfyUiStats stats(ComfyUiCall call) throws InterruptedException {
		TransportResponse response = this.http.sendRepeatedly(call, () -> this.http.get(call, "/system_stats"));
		Map<String, Object> json = ComfyUiHttp.json(response);
		if (!(json.get("system") instanceof Map<?, ?>)) {
			throw RequestFailure.unreadable(response, "it has no system");
		}
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

	/** Return whether a version interrupts only the given prompt. */
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
