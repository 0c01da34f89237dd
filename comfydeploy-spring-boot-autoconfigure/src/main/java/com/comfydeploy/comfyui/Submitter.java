package com.comfydeploy.comfyui;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * Submits a workflow once, and searches for it if the response is lost.
 */
final class Submitter {

	private static final Log logger = LogFactory.getLog(Submitter.class);

	private final ComfyUiHttp http;

	private final PromptLookup lookup;

	private final DroppedOutputs droppedOutputs;

	private final SessionCheck check;

	private final SignalWaiter time;

	/** Maximum time to search for a submission whose response was lost. */
	private final Duration searchTime;

	Submitter(ComfyUiHttp http, PromptLookup lookup, SessionCheck check, SignalWaiter time, Duration searchTime) {
		this.http = http;
		this.lookup = lookup;
		this.droppedOutputs = new DroppedOutputs(http);
		this.check = check;
		this.time = time;
		this.searchTime = searchTime;
	}

	/**
	 * Submit a workflow.
	 * @param clientId the client that receives its progress
	 * @return the id that ComfyUI gave it
	 * @throws PartlyQueuedException if some outputs were dropped, and the others queued
	 */
	String submit(ComfyUiCall call, Workflow workflow, String clientId) throws PartlyQueuedException {
		String sentId = UUID.randomUUID().toString();
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("prompt", workflow.nodes());
		body.put("prompt_id", sentId);
		body.put("client_id", clientId);
		body.put("extra_data", Map.of(QueuedPrompt.MARKER, sentId));
		call.check(this.check, false);
		if (call.deadline().hasPassed()) {
			throw call.tooLate();
		}
		call.beginRequest();
		try {
			TransportResponse response = this.http.send(call, this.http.post(call, "/prompt", body));
			return accepted(call, response);
		}
		catch (RequestFailure failure) {
			if (!failure.isAmbiguous()) {
				throw call.failed(failure);
			}
			return recover(call, workflow, sentId, failure);
		}
	}

	private String accepted(ComfyUiCall call, TransportResponse response) throws PartlyQueuedException {
		if (response.status() == 400) {
			throw rejected(call, response);
		}
		SubmitResponse submitted = SubmitResponse.of(ComfyUiHttp.json(ComfyUiHttp.successful(response)));
		String promptId = submitted.promptId();
		if (promptId == null || promptId.isEmpty()) {
			throw RequestFailure.unreadable(response, "it has no prompt_id");
		}
		call.promptId(promptId);
		if (!submitted.nodeErrors().isEmpty()) {
			throw new PartlyQueuedException(promptId, submitted.nodeErrors());
		}
		return promptId;
	}

	private static InvalidWorkflowException rejected(ComfyUiCall call, TransportResponse response) {
		SubmitResponse rejection;
		try {
			rejection = SubmitResponse.of(ComfyUiHttp.json(response));
		}
		catch (RequestFailure ex) {
			throw RequestFailure.of(response);
		}
		String type = rejection.errorType();
		String message = rejection.errorMessage();
		if (type == null && message == null) {
			throw RequestFailure.of(response);
		}
		return new InvalidWorkflowException((type != null) ? type : "unknown",
				(message != null) ? message : String.valueOf(type), rejection.nodeErrors(), call.operation(), null, "");
	}

	/**
	 * Find a prompt that may have been queued although its response was lost.
	 */
	private String recover(ComfyUiCall call, Workflow workflow, String sentId, RequestFailure failure)
			throws PartlyQueuedException {
		call.promptId(sentId);
		try {
			QueuedPrompt found = failure.endsCall() ? null : search(call, sentId);
			if (found != null) {
				return requireAllOutputs(call, workflow, found);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		throw unknown(call, failure, "ComfyUI may run the workflow. Call await(promptId), and submit the workflow "
				+ "again only if await throws a WorkflowLostException");
	}

	/**
	 * Search for a prompt. ComfyUI queues it after validation, which delays all other
	 * responses.
	 */
	private @Nullable QueuedPrompt search(ComfyUiCall call, String sentId) throws InterruptedException {
		ComfyUiCall search = call.nested(this.searchTime);
		PollInterval interval = new PollInterval();
		while (!search.deadline().hasPassed()) {
			call.check(this.check, true);
			try {
				QueuedPrompt found = this.lookup.find(search, sentId);
				if (found != null) {
					return found;
				}
			}
			catch (RequestFailure ex) {
				logger.debug(call.operation() + ": the search for prompt " + sentId + " failed: " + ex.statusCode());
				if (ex.endsCall()) {
					return null;
				}
			}
			this.time.await(new Signal(), search.deadline().within(interval.next()).remaining());
		}
		return null;
	}

	/**
	 * Return the prompt's id if ComfyUI has queued all outputs of the workflow.
	 */
	private String requireAllOutputs(ComfyUiCall call, Workflow workflow, QueuedPrompt prompt)
			throws PartlyQueuedException, InterruptedException {
		call.promptId(prompt.id());
		logger.debug(call.operation() + ": the response was lost, but prompt " + prompt.id() + " was queued");
		List<NodeError> dropped;
		try {
			dropped = (prompt.outputs() != null) ? this.droppedOutputs.find(call.nested(), workflow, prompt.outputs())
					: List.of();
		}
		catch (RequestFailure failure) {
			throw unknown(call, failure, "ComfyUI has queued the workflow, perhaps without outputs that did not "
					+ "validate: await(promptId) returns its outputs");
		}
		if (!dropped.isEmpty()) {
			throw new PartlyQueuedException(prompt.id(), dropped);
		}
		return prompt.id();
	}

	private static ComfyUiUnavailableException unknown(ComfyUiCall call, RequestFailure failure, String advice) {
		ComfyUiUnavailableException exception = call.failed(failure, true,
				failure.advice() + ". The outcome is unknown: " + advice);
		logger.warn(exception.getMessage());
		return exception;
	}

	/**
	 * Thrown if some outputs did not validate and the others were queued.
	 */
	@SuppressWarnings("serial")
	static final class PartlyQueuedException extends Exception {

		private final String promptId;

		private final transient List<NodeError> nodeErrors;

		PartlyQueuedException(String promptId, List<NodeError> nodeErrors) {
			super(null, null, false, false);
			this.promptId = promptId;
			this.nodeErrors = nodeErrors;
		}

		String promptId() {
			return this.promptId;
		}

		List<NodeError> nodeErrors() {
			return this.nodeErrors;
		}

	}

}
