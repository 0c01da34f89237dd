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
	 * @param timeout the maximum time for submitting and waiting together, more than
	 * zero. The timeout does not end the workflow itself
	 * @return its outputs
	 * @throws InvalidWorkflowException if ComfyUI rejects the workflow, or some of its
	 * outputs
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it did not end in time
	 * @throws WorkflowLostException if ComfyUI no longer has the workflow
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if there was no usable response, or the timeout
	 * ended before the workflow was sent. If {@link ComfyUiException#isOutcomeUnknown()}
	 * is {@code true}, the workflow may be running: call {@link #await} with
	 * {@link ComfyUiException#getPromptId()}
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout);

	/**
	 * Run a workflow as {@link #run(Workflow, Duration)} does, and report its progress.
	 * Progress is received over a WebSocket. If the WebSocket does not open within 3
	 * seconds or half of the timeout, whichever is shorter, the workflow is run anyway,
	 * and progress may be missing. A successful workflow always ends with a report that
	 * it is complete.
	 * @param workflow the workflow
	 * @param timeout the maximum time for submitting and waiting together, more than
	 * zero. The timeout does not end the workflow itself
	 * @param progress called with the progress on the calling thread, which does not poll
	 * meanwhile. If reports arrive faster than it returns, the client keeps the latest
	 * 100. After the workflow has ended, a listener that takes longer than one second for
	 * them receives only the latest. Exceptions are logged and ignored
	 * @return its outputs
	 * @see <a href=
	 * "https://docs.comfy.org/development/comfyui-server/comms_messages">Messages</a>
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout, Consumer<ComfyUiProgress> progress);

	/**
	 * Submit a workflow. The request is sent only once. If the response is lost or has a
	 * 5xx status, this method searches ComfyUI's queue and history for the workflow, for
	 * at most 10 seconds.
	 * @param workflow the workflow
	 * @return the id of the prompt, under which ComfyUI runs the workflow
	 * @throws InvalidWorkflowException if ComfyUI rejects the workflow, or some of its
	 * outputs
	 * @throws ComfyUiUnavailableException if there was no usable response. If
	 * {@link ComfyUiException#isOutcomeUnknown()} is {@code true}, the workflow may be
	 * running: call {@link #await} with {@link ComfyUiException#getPromptId()}
	 * @see <a href= "https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /prompt</a>
	 */
	String submit(Workflow workflow);

	/**
	 * Wait until a workflow has ended.
	 * @param promptId the id that {@link #submit} returned
	 * @param timeout the maximum time to wait, more than zero. The timeout does not end
	 * the workflow itself
	 * @return its outputs
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it did not end in time
	 * @throws WorkflowLostException if ComfyUI does not have the workflow
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if ComfyUI cannot read the state of the
	 * workflow, the connection cannot be used, or the thread was interrupted.
	 * {@link ComfyUiException#isOutcomeUnknown()} is then {@code true}, because the
	 * workflow may still be running
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /api/jobs/{id}, GET /queue, GET /history/{id}</a>
	 */
	ComfyUiResult await(String promptId, Duration timeout);

	/**
	 * End a workflow: remove it from the queue, or interrupt it if it is running. This
	 * method waits at most 5 seconds until ComfyUI has ended the workflow. If a node
	 * takes longer to react, it keeps running, and a warning is logged. If its last node
	 * is running, the workflow may still succeed: {@link #await} reports the result. If
	 * the workflow has already ended, this method has no effect.
	 * @param promptId the id that {@link #submit} returned
	 * @throws InterruptNotSupportedException if the workflow is running and ComfyUI is
	 * older than 0.3.57. Such a version ignores the id, so it could interrupt another
	 * workflow
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /queue, POST /interrupt</a>
	 */
	void interrupt(String promptId);

	/**
	 * End a workflow like {@link #interrupt(String)}, but also on a version of ComfyUI
	 * before 0.3.57. If this workflow ends just before the request arrives, such a
	 * version interrupts another workflow instead.
	 * @param promptId the id that {@link #submit} returned
	 * @throws ComfyUiUnavailableException if there was no usable response
	 */
	void interruptOnAnyVersion(String promptId);

	/**
	 * Upload a file for an input. Its name contains a digest of the content, so the same
	 * file can be uploaded any number of times and never replaces another.
	 * @param name the name without the digest, such as {@code face.png}
	 * @param content the content, which must be slightly smaller than 100 MiB, ComfyUI's
	 * limit for the whole request
	 * @return the file, which can be the value of an input
	 * @throws IllegalArgumentException if the content is too large
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
	 * @throws ComfyUiUnavailableException if there was no usable response, or the file is
	 * larger than allowed. The status is 404 if the file was deleted, but ComfyUI had
	 * returned it as a cached output of an earlier run. In this case, call
	 * {@link #freeMemory()}, and run the workflow again
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /view</a>
	 */
	byte[] read(OutputFile file);

	/**
	 * Read an output file of a workflow into a local file. The local file is created or
	 * replaced when the content is complete.
	 * @param file the file
	 * @param target the local file, replaced if it exists
	 * @throws IllegalArgumentException if the target is a directory
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
	 * @throws IllegalArgumentException if the target is a directory
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
	 * Ask ComfyUI to clear its cache when it is idle. If a workflow is then submitted
	 * again, ComfyUI runs it again, instead of returning the files of the last run.
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /free</a>
	 */
	void freeMemory();

}
