package com.comfydeploy.test;

import org.jspecify.annotations.Nullable;

/**
 * A request that a {@link FakeComfyDeploy} got, whatever became of it.
 *
 * @param operation the operation, by the name that
 * {@link com.comfydeploy.error.ComfyDeployException#getOperation()} has for it;
 * {@code null} for what is none
 * @param method the HTTP method
 * @param path the path below the base URL with its query, as it travelled:
 * {@code /session/123?wait_for_shutdown=true}
 * @param body the body, empty where there was none
 * @see FakeComfyDeploy#requests()
 */
public record RecordedRequest(@Nullable String operation, String method, String path, String body) {

}
