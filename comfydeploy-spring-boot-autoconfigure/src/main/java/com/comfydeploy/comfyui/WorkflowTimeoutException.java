package com.comfydeploy.comfyui;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * A workflow was not done in time. It goes on: {@link ComfyUi#await} waits for it again,
 * {@link ComfyUi#interrupt} ends it.
 */
public class WorkflowTimeoutException extends ComfyUiException {

	/**
	 * Create an exception.
	 * @param promptId the prompt's id
	 * @param timeout how long it was waited for
	 * @param state what is known of it
	 * @param lastFailure why nothing was known last, or {@code null}
	 * @param operation the operation that failed
	 */
	WorkflowTimeoutException(String promptId, Duration timeout, String state, @Nullable Throwable lastFailure,
			String operation) {
		super(operation + " failed: prompt " + promptId + " was not done within " + timeout + ", but " + state
				+ ". It goes on: await it again, or interrupt it", lastFailure, operation, 1, false, promptId);
	}

	@Override
	boolean mayBeLostSession() {
		return getCause() != null;
	}

}
