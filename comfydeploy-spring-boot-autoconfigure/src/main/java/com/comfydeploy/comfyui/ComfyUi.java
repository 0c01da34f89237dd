package com.comfydeploy.comfyui;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

import org.springframework.core.io.Resource;

/**
 * The ComfyUI of one session. An implementation can be used from any number of threads.
 * All of it is open to whoever knows the session's url.
 *
 * @see ComfyUis#at(String)
 */
public interface ComfyUi {

	/**
	 * Run a workflow: submit it, wait until it is done, collect its outputs.
	 * @param workflow the workflow
	 * @param timeout the limit of submitting and waiting together, more than zero; the
	 * workflow goes on afterwards
	 * @return what it has made
	 * @throws InvalidWorkflowException if ComfyUI does not accept all of it
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it was not done in time
	 * @throws WorkflowLostException if ComfyUI has forgotten it
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if there was no usable response; if
	 * {@link ComfyUiException#isOutcomeUnknown()}, the workflow may be running, and
	 * {@link #await} with {@link ComfyUiException#getPromptId()} finds it
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout);

	/**
	 * Run a workflow as {@link #run(Workflow, Duration)} does, and report its progress.
	 * The progress comes over a WebSocket. Where there is none to be had, nothing but the
	 * progress is missing. The last progress of a success is complete in any case.
	 * @param workflow the workflow
	 * @param timeout the limit of submitting and waiting together, more than zero; the
	 * workflow goes on afterwards
	 * @param progress takes the progress on the calling thread; what it throws is logged
	 * and changes nothing
	 * @return what it has made
	 * @see <a href=
	 * "https://docs.comfy.org/development/comfyui-server/comms_messages">Messages</a>
	 */
	ComfyUiResult run(Workflow workflow, Duration timeout, Consumer<ComfyUiProgress> progress);

	/**
	 * Submit a workflow. It is sent once: if the response is lost or a 5xx, ComfyUI's
	 * queue and history are searched for it, for at most 10 seconds.
	 * @param workflow the workflow
	 * @return the id that ComfyUI knows it by
	 * @throws InvalidWorkflowException if ComfyUI does not accept all of it
	 * @throws ComfyUiUnavailableException if there was no usable response; if
	 * {@link ComfyUiException#isOutcomeUnknown()}, the workflow may be running, and
	 * {@link #await} with {@link ComfyUiException#getPromptId()} finds it
	 * @see <a href= "https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /prompt</a>
	 */
	String submit(Workflow workflow);

	/**
	 * Wait until a workflow is done.
	 * @param promptId the id that {@link #submit} returned
	 * @param timeout how long to wait, more than zero; the workflow goes on afterwards
	 * @return what it has made
	 * @throws WorkflowFailedException if it failed while it ran
	 * @throws WorkflowInterruptedException if somebody interrupted it
	 * @throws WorkflowTimeoutException if it was not done in time
	 * @throws WorkflowLostException if ComfyUI does not know it
	 * @throws SessionEndedException if the lease of the session has ended
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /api/jobs/{id}, GET /queue, GET /history/{id}</a>
	 */
	ComfyUiResult await(String promptId, Duration timeout);

	/**
	 * End a workflow: take it out of the queue, or interrupt it if it runs, and wait
	 * until ComfyUI has ended it, for at most 5 seconds. A node that takes longer to
	 * notice runs on, and a warning is logged. A workflow that is done is left as it is.
	 * The last node may still succeed: {@link #await} returns or throws what came of it.
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
	 * There, another workflow is interrupted instead if this one ends just before the
	 * request arrives.
	 * @param promptId the id that {@link #submit} returned
	 * @throws ComfyUiUnavailableException if there was no usable response
	 */
	void interruptOnAnyVersion(String promptId);

	/**
	 * Upload a file for an input. It gets a name of its own by its content, so that the
	 * same file can be uploaded any number of times, and no other is replaced.
	 * @param name the name to begin with, whose extension is kept: {@code face.png}
	 * @param content the content, a little less than 100 MiB at most, as that is
	 * ComfyUI's limit for a request
	 * @return the file, which can be the value of an input
	 * @throws IllegalArgumentException if the content is larger
	 * @throws UncheckedIOException if the content cannot be read
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /upload/image</a>
	 */
	UploadedFile upload(String name, Resource content);

	/**
	 * Read a file that a workflow has made.
	 * @param file the file
	 * @return its content, at most 64 MiB
	 * @throws ComfyUiUnavailableException if there was no usable response: with the
	 * status 404 if the file is gone, which a workflow that was cached can name
	 * ({@link #freeMemory()} makes it run again); or if it is larger
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /view</a>
	 */
	byte[] read(OutputFile file);

	/**
	 * Read a file that a workflow has made into a file of this machine, which is there
	 * only when it is complete.
	 * @param file the file
	 * @param target where to, replaced if it exists
	 * @throws UncheckedIOException if the target cannot be written
	 * @throws ComfyUiUnavailableException as of {@link #read(OutputFile)}
	 */
	void read(OutputFile file, Path target);

	/**
	 * Read a file that a workflow has made into a file of this machine, with a bound.
	 * @param file the file
	 * @param target where to, replaced if it exists
	 * @param maxBytes the largest file to accept, in bytes, more than zero
	 * @param progress takes how much has been read, on the calling thread; what it throws
	 * is logged and changes nothing
	 * @throws UncheckedIOException if the target cannot be written
	 * @throws ComfyUiUnavailableException as of {@link #read(OutputFile)}
	 */
	void read(OutputFile file, Path target, long maxBytes, Consumer<ReadProgress> progress);

	/**
	 * Return what this ComfyUI runs on.
	 * @return version, memory and devices
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">GET
	 * /system_stats</a>
	 */
	ComfyUiStats stats();

	/**
	 * Let ComfyUI forget what it has cached, once it is idle: the same workflow runs
	 * again afterwards instead of naming the files of its last run.
	 * @throws ComfyUiUnavailableException if there was no usable response
	 * @see <a href="https://docs.comfy.org/development/comfyui-server/comms_routes">POST
	 * /free</a>
	 */
	void freeMemory();

}
