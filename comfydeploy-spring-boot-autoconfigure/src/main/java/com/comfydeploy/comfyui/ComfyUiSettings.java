package com.comfydeploy.comfyui;

import java.time.Duration;

/**
 * What all calls of a client have in common.
 *
 * @param readTimeout the limit of one request
 * @param retry how requests are tried again that may be sent twice
 * @param searchTime how long a submission without a response is searched for
 * @param time the time that passes between polls and attempts
 */
record ComfyUiSettings(Duration readTimeout, ReadRetry retry, Duration searchTime, TimeSource time) {

}
