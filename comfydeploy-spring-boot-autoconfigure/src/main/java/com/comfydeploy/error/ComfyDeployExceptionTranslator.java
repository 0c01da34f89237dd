package com.comfydeploy.error;

/**
 * Strategy to convert an error response of ComfyDeploy into an exception. The client
 * calls it once for each failed call, after the last attempt. A translator does not
 * influence retries. If it throws an exception or returns {@code null}, the caller
 * receives the default exception, {@link ComfyDeployApiException#of(ApiErrorResponse)},
 * with the exception of the translator as a suppressed exception.
 * <p>
 * Leases use the status code to detect that a session has ended. If the exception for a
 * 400 or a 404 is not a {@link ComfyDeployApiException}, it should have one as its cause.
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
