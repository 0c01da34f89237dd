package com.comfydeploy.session;

import java.time.Duration;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Request to the original API to increase the timeout of a session.
 *
 * @param machineId the id of the machine of the session
 * @param sessionId the session's id
 * @param timeout the duration to add, a positive whole number of minutes
 * @param gpu the GPU of the session
 * @see SessionOperations#increaseTimeout(IncreaseTimeoutRequest)
 */
public record IncreaseTimeoutRequest(String machineId, String sessionId, Duration timeout, Gpu gpu) {

	/**
	 * Create a request.
	 * @throws IllegalArgumentException if an id is blank, {@code .} or {@code ..}, the
	 * timeout is not a positive whole number of minutes that fits in 32 bits, or the GPU
	 * is {@code null}
	 */
	public IncreaseTimeoutRequest {
		Arguments.requireId("machineId", machineId);
		Arguments.requireId("sessionId", sessionId);
		Arguments.requireWholeMinutes("timeout", timeout);
		Assert.notNull(gpu, "gpu must not be null");
	}

}
