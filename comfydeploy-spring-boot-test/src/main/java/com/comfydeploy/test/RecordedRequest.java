package com.comfydeploy.test;

import org.jspecify.annotations.Nullable;

/**
 * Request that a {@link FakeComfyDeploy} received, including one that failed.
 *
 * @param operation the operation, as
 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()} names it, or
 * {@code null} if it is not an operation of the API
 * @param method the HTTP method
 * @param path the path below the base URL with its query, as it was sent:
 * {@code /session/123?wait_for_shutdown=true}
 * @param body the body, empty if there was none
 * @see FakeComfyDeploy#requests()
 */
public record RecordedRequest(@Nullable String operation, String method, String path, String body) {

}
