package com.comfydeploy.comfyui;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.Durations;

/**
 * Thrown if a workflow did not end in time. It keeps running: {@link ComfyUi#await} waits
 * for it again, and {@link ComfyUi#interrupt} ends it.
 */
public class WorkflowTimeoutException extends ComfyUiException {

	/**
	 * Create an exception.
	 * @param promptId the prompt's id
	 * @param timeout the timeout that has passed
	 * @param state the last known state of the workflow, or the failure of the polls
	 * @param lastFailure the failure of the last poll, or {@code null}
	 * @param operation the operation that failed
	 */
	WorkflowTimeoutException(String promptId, Duration timeout, String state, @Nullable Throwable lastFailure,
			String operation) {
		super(operation + " failed: prompt " + promptId + " did not end within " + Durations.format(timeout) + ": "
				+ state + ": await it again, or interrupt it", lastFailure, operation, 1, false, promptId);
	}

	@Override
	boolean mayBeLostSession() {
		return getCause() != null;
	}

}
