package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * Settings of a client.
 *
 * @param readTimeout the timeout of one request
 * @param retry the retries of idempotent requests
 * @param searchTime the time to search for a submission whose response was lost
 * @param time the source of time
 */
record ComfyUiSettings(Duration readTimeout, ReadRetry retry, Duration searchTime, SignalWaiter time) {

}
