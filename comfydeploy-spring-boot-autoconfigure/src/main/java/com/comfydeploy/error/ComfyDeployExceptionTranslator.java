package com.comfydeploy.error;

/**
 * Strategy to turn an error response of ComfyDeploy into an exception. It is asked once
 * for a failed call, after its retries, and has no say in them. When it throws or returns
 * {@code null}, the caller gets {@link ComfyDeployApiException#of(ApiErrorResponse)} with
 * the translator's own failure suppressed in it.
 * <p>
 * Leases see by the status that a session is gone. An exception for a 404 or a 400 that
 * is no {@link ComfyDeployApiException} should have one as its cause.
 *
 * @see ComfyDeployApiException#of(ApiErrorResponse)
 */
@FunctionalInterface
public interface ComfyDeployExceptionTranslator {

	/**
	 * Translate an error response.
	 * @param response the response to the last attempt
	 * @return the exception to throw
	 */
	ComfyDeployException translate(ApiErrorResponse response);

}
