package com.comfydeploy.lease;

import java.util.Map;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;

/**
 * Thrown if the session of a lease has ended before it was ready: it has failed to start,
 * or was cancelled elsewhere.
 */
final class SessionStartFailedException extends ComfyDeployApiException.NotFound {

	private final String message;

	SessionStartFailedException(String message) {
		super(new ApiErrorResponse("get", 404, Map.of(), "", 1, false));
		this.message = message;
	}

	@Override
	public String getMessage() {
		return this.message;
	}

}
