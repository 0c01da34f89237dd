package com.comfydeploy.lease;

import java.util.Map;

import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.error.ComfyDeployApiException;

/**
 * The session of a lease is gone before it was ready, which is how a failed start shows.
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
