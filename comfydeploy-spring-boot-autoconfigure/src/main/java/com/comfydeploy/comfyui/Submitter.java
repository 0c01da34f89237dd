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
 * Submits a workflow once, and finds out what became of it when the response does not
 * say.
 */
final class Submitter {

	private static final Log logger = LogFactory.getLog(Submitter.class);

	private final ComfyUiHttp http;

	private final PromptLookup lookup;

	private final SessionCheck check;

	private final TimeSource time;

	/** How long a submission without a response is searched for. */
	private final Duration searchTime;

	Submitter(ComfyUiHttp http, PromptLookup lookup, SessionCheck check, TimeSource time, Duration searchTime) {
		this.http = http;
		this.lookup = lookup;
		this.check = check;
		this.time = time;
		this.searchTime = searchTime;
	}

	/**
	 * Submit a workflow.
	 * @param clientId the client that receives its progress
	 * @return the id that ComfyUI knows it by
	 * @throws PartlyQueuedException if some outputs were dropped, and the others queued
	 */
	String submit(ComfyUiCall call, Workflow workflow, String clientId) throws PartlyQueuedException {
		String sentId = UUID.randomUUID().toString();
		Map<String, Object> body = new LinkedHashMap<>();
		body.put("prompt", workflow.nodes());
		body.put("prompt_id", sentId);
		body.put("client_id", clientId);
		body.put("extra_data", Map.of(PromptLookup.MARKER, sentId));
		call.beginStep();
		try {
			TransportResponse response = this.http.send(call, this.http.post("/prompt", body));
			return accepted(call, response);
		}
		catch (RequestFailure failure) {
			if (!failure.isAmbiguous()) {
				throw call.failed(failure);
			}
			return search(call, sentId, failure);
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
				(message != null) ? message : String.valueOf(type), rejection.nodeErrors(), call.operation(), null);
	}

	/**
	 * Go on with a prompt that was queued although its response was lost.
	 */
	private String search(ComfyUiCall call, String sentId, RequestFailure failure) {
		try {
			String found = failure.isInterrupted() ? null : search(call, sentId);
			if (found != null) {
				call.promptId(found);
				logger.debug(call.operation() + ": the response was lost, but prompt " + found + " is there");
				return found;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		ComfyUiUnavailableException exception = call.failed(failure, true,
				". The outcome is unknown: ComfyUI may run the workflow, sent as prompt " + sentId
						+ ", so see what it made before submitting it again");
		logger.warn(exception.getMessage());
		throw exception;
	}

	/**
	 * Search for a prompt that may have been queued. One that is still being validated is
	 * not there yet, and holds up every other response.
	 */
	private @Nullable String search(ComfyUiCall call, String sentId) throws InterruptedException {
		Deadline deadline = Deadline.in(this.searchTime, this.time);
		PollInterval interval = new PollInterval();
		while (true) {
			call.check(this.check, true);
			String found = find(call.beside(), sentId, deadline);
			if (found != null || deadline.isOver()) {
				return found;
			}
			this.time.await(new WakeUp(), interval.next());
		}
	}

	private @Nullable String find(ComfyUiCall call, String sentId, Deadline deadline) {
		try {
			return this.lookup.find(call, sentId, deadline);
		}
		catch (RequestFailure ex) {
			logger.debug(call.operation() + ": the search for the prompt failed: " + ex.statusCode());
			return null;
		}
	}

	/**
	 * Some outputs did not validate, and the others were queued.
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
