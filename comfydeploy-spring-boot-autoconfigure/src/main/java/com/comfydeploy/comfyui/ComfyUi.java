package com.comfydeploy.comfyui;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

import org.springframework.core.io.Resource;

/**
 * The ComfyUI of one session. An implementation can be used from any number of threads.
 * Anyone who knows the session's URL can use it.
 *
 * @see ComfyUis#at(String)
 */
public interface ComfyUi {

	/**
	 * Run a workflow: submit it, wait until it has ended, and return its outputs.
	 * @param workflow the workflow
	 * @param timeout the limit of submitting and waiting together, more than zero; after
	 * the timeout, the workflow continues to run
	 * @return its outputs
	 * @throws InvalidWorkflowException if ComfyUI does not accept all of it
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it did not end in time
	 * @throws WorkflowLostException if ComfyUI does not know it any more
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if there was no usable response, or the timeout
	 * ended before the workflow was sent; if {@link ComfyUiException#isOutcomeUnknown()},
	 * the workflow may be running, and {@link #await} with
	 * {@link ComfyUiException#getPromptId()} finds it
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout);

	/**
	 * Run a workflow as {@link #run(Workflow, Duration)} does, and report its progress.
	 * Progress is received over a WebSocket. If it cannot be opened, only the progress is
	 * missing, after at most 3 seconds or half of the timeout. The last progress of a
	 * successful workflow is always complete.
	 * @param workflow the workflow
	 * @param timeout the limit of submitting and waiting together, more than zero; after
	 * the timeout, the workflow continues to run
	 * @param progress called with the progress on the calling thread; exceptions that it
	 * throws are logged and ignored
	 * @return its outputs
	 * @see <a href=
	 * "https://docs.comfy.org/development/comfyui-server/comms_messages">Messages</a>
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout, Consumer<ComfyUiProgress> progress);

	/**
	 * Submit a workflow. It is sent once: if the response is lost or a 5xx, ComfyUI's
	 * queue and history are searched for it, for at most 10 seconds.
	 * @param workflow the workflow
	 * @return the id that ComfyUI gave it
	 * @throws InvalidWorkflowException if ComfyUI does not accept all of it
	 * @throws ComfyUiUnavailableException if there was no usable response; if
	 * {@link ComfyUiException#isOutcomeUnknown()}, the workflow may be running, and
	 * {@link #await} with {@link ComfyUiException#getPromptId()} finds it
	 * @see <a href= "https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /prompt</a>
	 */
	String submit(Workflow workflow);

	/**
	 * Wait until a workflow has ended.
	 * @param promptId the id that {@link #submit} returned
	 * @param timeout time to wait, more than zero; after the timeout, the workflow
	 * continues to run
	 * @return its outputs
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it did not end in time
	 * @throws WorkflowLostException if ComfyUI does not know it
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if ComfyUI cannot read the state of the
	 * workflow, the connection cannot be used, or the thread was interrupted; then
	 * {@link ComfyUiException#isOutcomeUnknown()}, because the workflow may still run
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /api/jobs/{id}, GET /queue, GET /history/{id}</a>
	 */
	ComfyUiResult await(String promptId, Duration timeout);

	/**
	 * End a workflow: take it out of the queue, or interrupt it if it runs, and wait
	 * until ComfyUI has ended it, for at most 5 seconds. A node that takes longer to
	 * notice keeps running, and a warning is logged. A workflow that has ended is not
	 * changed. The last node may still succeed: {@link #await} reports the result.
	 * @param promptId the id that {@link #submit} returned
	 * @throws InterruptNotSupportedException if it runs on a version of ComfyUI before
	 * 0.3.57, which would interrupt whatever runs when the request arrives
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /queue, POST /interrupt</a>
	 */
	void interrupt(String promptId);

	/**
	 * End a workflow as {@link #interrupt(String)} does, also on a version before 0.3.57.
	 * On such a version, another workflow is interrupted instead if this one ends just
	 * before the request arrives.
	 * @param promptId the id that {@link #submit} returned
	 * @throws ComfyUiUnavailableException if there was no usable response
	 */
	void interruptOnAnyVersion(String promptId);

	/**
	 * Upload a file for an input. Its name contains a digest of the content, so the same
	 * file can be uploaded any number of times and never replaces another.
	 * @param name the beginning of the name, and its extension: {@code face.png}
	 * @param content the content, at most a little less than 100 MiB, which is ComfyUI's
	 * limit for a request
	 * @return the file, which can be the value of an input
	 * @throws IllegalArgumentException if the content is larger
	 * @throws UncheckedIOException if the content cannot be read
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /upload/image</a>
	 */
	UploadedFile upload(String name, Resource content);

	/**
	 * Read an output file of a workflow.
	 * @param file the file
	 * @return its content, at most 64 MiB
	 * @throws ComfyUiUnavailableException if there was no usable response: with the
	 * status 404 if the file is gone, which happens when the outputs of a workflow are
	 * cached ({@link #freeMemory()} makes it run again); or if the file is larger
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /view</a>
	 */
	byte[] read(OutputFile file);

	/**
	 * Read an output file of a workflow into a local file, which exists only once it is
	 * complete.
	 * @param file the file
	 * @param target the local file, replaced if it exists
	 * @throws UncheckedIOException if the target cannot be written
	 * @throws ComfyUiUnavailableException as for {@link #read(OutputFile)}
	 */
	void read(OutputFile file, Path target);

	/**
	 * Read an output file of a workflow into a local file, up to a maximum size.
	 * @param file the file
	 * @param target the local file, replaced if it exists
	 * @param maxBytes the largest file to accept, in bytes, more than zero
	 * @param progress called with the number of bytes read, on the calling thread;
	 * exceptions that it throws are logged and ignored
	 * @throws UncheckedIOException if the target cannot be written
	 * @throws ComfyUiUnavailableException as for {@link #read(OutputFile)}
	 */
	void read(OutputFile file, Path target, long maxBytes, Consumer<ReadProgress> progress);

	/**
	 * Return the version, memory and devices of this ComfyUI.
	 * @return the statistics
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /system_stats</a>
	 */
	ComfyUiStats stats();

	/**
	 * Clear ComfyUI's cache once it is idle: the same workflow then runs again instead of
	 * returning the files of its last run.
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /free</a>
	 */
	void freeMemory();

}
