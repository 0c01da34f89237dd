package com.comfydeploy.comfyui;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import org.springframework.core.io.Resource;
import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;
import com.comfydeploy.internal.Deadline;
import com.comfydeploy.internal.Durations;
import com.comfydeploy.internal.http.TransportResponse;

/**
 * {@link ComfyUi} of one session.
 */
final class DefaultComfyUi implements ComfyUi {

	/** ComfyUI's limit for the body of a request. */
	private static final int MAX_REQUEST = 100 * 1024 * 1024;

	/** Maximum time to wait for the WebSocket, so that no progress is missed. */
	private static final Duration SOCKET_WAIT = Duration.ofSeconds(3);

	/** Calls without a timeout are limited by their retries. */
	private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

	private final ComfyUiUrl url;

	private final ComfyUiHttp http;

	private final ComfyUiSockets sockets;

	private final ComfyUiObservations observations;

	private final SessionCheck check;

	private final SignalWaiter time;

	private final Submitter submitter;

	private final PromptWaiter waiter;

	private final PromptInterrupter interrupter;

	DefaultComfyUi(ComfyUiUrl url, ComfyUiHttp http, ComfyUiSockets sockets, ComfyUiObservations observations,
			SessionCheck check, ComfyUiSettings settings) {
		this.url = url;
		this.http = http;
		this.sockets = sockets;
		this.observations = observations;
		this.check = check;
		this.time = settings.time();
		PromptLookup lookup = new PromptLookup(http);
		this.submitter = new Submitter(http, lookup, check, this.time, settings.searchTime());
		this.waiter = new PromptWaiter(lookup, check, this.time);
		this.interrupter = new PromptInterrupter(http, lookup, this.time);
	}

	@Override
	public ComfyUiResult run(Workflow workflow, Duration timeout) {
		check(workflow);
		Arguments.requirePositive("timeout", timeout);
		return call("comfyui-run", timeout, (call) -> run(call, workflow, timeout, null));
	}

	@Override
	public ComfyUiResult run(Workflow workflow, Duration timeout, Consumer<ComfyUiProgress> progress) {
		check(workflow);
		Arguments.requirePositive("timeout", timeout);
		Assert.notNull(progress, "progress must not be null");
		return call("comfyui-run", timeout, (call) -> run(call, workflow, timeout, progress));
	}

	private ComfyUiResult run(ComfyUiCall call, Workflow workflow, Duration timeout,
			@Nullable Consumer<ComfyUiProgress> progress) throws InterruptedException {
		call.check(this.check, false);
		Signal signal = new Signal();
		ProgressTracker tracker = new ProgressTracker(signal, workflow.size());
		String clientId = UUID.randomUUID().toString();
		Duration wait = (progress != null) ? socketWait(call) : Duration.ZERO;
		ComfyUiSocket socket = this.sockets.open(this.url.socket(clientId), wait, tracker::message);
		try {
			String promptId = submit(call, workflow, clientId);
			tracker.follow(promptId);
			return this.waiter.await(call, promptId, timeout, signal, tracker, progress);
		}
		finally {
			socket.close();
		}
	}

	/** A socket that does not open must leave time for the workflow. */
	private static Duration socketWait(ComfyUiCall call) {
		return Durations.min(SOCKET_WAIT, call.deadline().remaining().dividedBy(2));
	}

	@Override
	public String submit(Workflow workflow) {
		check(workflow);
		return call("comfyui-submit", (call) -> submit(call, workflow, UUID.randomUUID().toString()));
	}

	private String submit(ComfyUiCall call, Workflow workflow, String clientId) throws InterruptedException {
		try {
			return this.submitter.submit(call, workflow, clientId);
		}
		catch (Submitter.PartlyQueuedException ex) {
			ComfyUiException failure = discardRemaining(call, ex.promptId());
			InvalidWorkflowException exception = new InvalidWorkflowException("prompt_outputs_failed_validation",
					"some outputs did not validate", ex.nodeErrors(), call.operation(), ex.promptId(),
					(failure != null)
							? ". ComfyUI has queued the other outputs as prompt " + ex.promptId() + ", and may run them"
							: ". ComfyUI has queued the other outputs as prompt " + ex.promptId()
									+ ", and was asked to remove this prompt");
			if (failure != null) {
				exception.addSuppressed(failure);
			}
			throw exception;
		}
	}

	/**
	 * Remove the outputs that were queued, for which the caller has no use.
	 * @return the failure, or {@code null}
	 */
	private @Nullable ComfyUiException discardRemaining(ComfyUiCall call, String promptId) throws InterruptedException {
		try {
			this.interrupter.interrupt(call.nested(), promptId, false);
			return null;
		}
		catch (ComfyUiException ex) {
			return ex;
		}
	}

	@Override
	public ComfyUiResult await(String promptId, Duration timeout) {
		Arguments.requirePositive("timeout", timeout);
		return call("comfyui-await", promptId, timeout, (call) -> {
			Signal signal = new Signal();
			return this.waiter.await(call, promptId, timeout, signal, new ProgressTracker(signal, 1), null);
		});
	}

	@Override
	public void interrupt(String promptId) {
		call("comfyui-interrupt", promptId, FOREVER, (call) -> {
			this.interrupter.interrupt(call, promptId, false);
			return promptId;
		});
	}

	@Override
	public void interruptOnAnyVersion(String promptId) {
		call("comfyui-interrupt", promptId, FOREVER, (call) -> {
			this.interrupter.interrupt(call, promptId, true);
			return promptId;
		});
	}

	@Override
	public UploadedFile upload(String name, Resource content) {
		Assert.hasText(name, "name must not be blank");
		byte[] bytes = bytes(content);
		Multipart form = new Multipart().field("type", "input")
			.field("subfolder", "")
			.field("overwrite", "true")
			.file("image", UploadName.of(name, bytes), bytes)
			.end();
		requireAccepted(form.length());
		byte[] body = form.toBytes();
		return call("comfyui-upload", (call) -> {
			TransportResponse response = this.http.sendRepeatedly(call,
					() -> this.http.transfer(call, this.http.post(call, "/upload/image", form.contentType(), body)));
			Map<String, Object> json = ComfyUiHttp.json(response);
			String uploaded = JsonValues.text(json.get("name"));
			if (uploaded == null || uploaded.isEmpty()) {
				throw RequestFailure.unreadable(response, "it has no name");
			}
			return new UploadedFile(uploaded, JsonValues.textOrEmpty(json.get("subfolder")),
					JsonValues.textOrEmpty(json.get("type")));
		});
	}

	private static byte[] bytes(Resource content) {
		Assert.notNull(content, "content must not be null");
		try (InputStream input = content.getInputStream()) {
			byte[] bytes = input.readNBytes(MAX_REQUEST + 1);
			requireAccepted(bytes.length);
			return bytes;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read " + content.getDescription(), ex);
		}
	}

	private static void requireAccepted(long length) {
		Assert.isTrue(length <= MAX_REQUEST, "content must be smaller than 100 MiB, with the form around it: ComfyUI "
				+ "accepts no larger request");
	}

	@Override
	public byte[] read(OutputFile file) {
		return call("comfyui-read", (call) -> new FileDownload(this.http, file).read(call));
	}

	@Override
	public void read(OutputFile file, Path target) {
		download(file, target, Long.MAX_VALUE, null);
	}

	@Override
	public void read(OutputFile file, Path target, long maxBytes, Consumer<ReadProgress> progress) {
		Assert.isTrue(maxBytes > 0, () -> "maxBytes must be more than zero, but is " + maxBytes);
		Assert.notNull(progress, "progress must not be null");
		download(file, target, maxBytes, progress);
	}

	private void download(OutputFile file, Path target, long maxBytes, @Nullable Consumer<ReadProgress> progress) {
		Assert.notNull(target, "target must not be null");
		Assert.isTrue(!Files.isDirectory(target), "target must be a file, but is a directory");
		call("comfyui-read", (call) -> {
			new FileDownload(this.http, file).read(call, target, maxBytes, progress);
			return target;
		});
	}

	@Override
	public ComfyUiStats stats() {
		return call("comfyui-stats", this.interrupter::stats);
	}

	@Override
	public void freeMemory() {
		call("comfyui-free", (call) -> this.http.sendRepeatedly(call,
				() -> this.http.post(call, "/free", Map.of("free_memory", true))));
	}

	private static void check(Workflow workflow) {
		Assert.notNull(workflow, "workflow must not be null");
	}

	private <T> T call(String operation, String promptId, Duration timeout, Action<T> action) {
		Arguments.requireId("promptId", promptId);
		return call(operation, timeout, (call) -> {
			call.promptId(promptId);
			return action.perform(call);
		});
	}

	private <T> T call(String operation, Action<T> action) {
		return call(operation, FOREVER, action);
	}

	private <T> T call(String operation, Duration timeout, Action<T> action) {
		ComfyUiCall call = new ComfyUiCall(operation, this.url, Deadline.after(timeout, this.time));
		return this.observations.observe(call, () -> {
			try {
				return perform(call, action);
			}
			catch (ComfyUiException ex) {
				recheck(call, ex);
				throw ex;
			}
		});
	}

	private static <T> T perform(ComfyUiCall call, Action<T> action) {
		try {
			return action.perform(call);
		}
		catch (RequestFailure failure) {
			throw failure.isInterrupted() ? call.interrupted() : call.failed(failure);
		}
		catch (InterruptedException ex) {
			throw call.interrupted();
		}
	}

	/** A lost session drops connections, or a gateway responds for it. */
	private void recheck(ComfyUiCall call, ComfyUiException failure) {
		if (!Thread.currentThread().isInterrupted() && failure.mayBeLostSession()) {
			call.recheck(this.check, failure);
		}
	}

	/** The URL gives access to the machine. */
	@Override
	public String toString() {
		return "ComfyUi[" + this.url + "]";
	}

	/**
	 * Action of a call.
	 *
	 * @param <T> the type of the result
	 */
	@FunctionalInterface
	private interface Action<T> {

		T perform(ComfyUiCall call) throws InterruptedException;

	}

}
