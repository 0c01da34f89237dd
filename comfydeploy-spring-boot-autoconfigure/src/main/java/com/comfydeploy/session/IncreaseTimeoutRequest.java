package com.comfydeploy.session;

import java.time.Duration;

import org.springframework.util.Assert;

import com.comfydeploy.internal.Arguments;

/**
 * Request to give a session more time.
 *
 * @param machineId the id of the session's machine
 * @param sessionId the session's id
 * @param timeout the time to add, a positive whole number of minutes
 * @param gpu the session's GPU
 * @see SessionOperations#increaseTimeout(IncreaseTimeoutRequest)
 */
public record IncreaseTimeoutRequest(String machineId, String sessionId, Duration timeout, Gpu gpu) {

	/**
	 * Create a request.
	 * @throws IllegalArgumentException if an id is blank, {@code .} or {@code ..}, the
	 * timeout is not a positive whole number of minutes that fits 32 bits, or the GPU is
	 * {@code null}
	 */
	public IncreaseTimeoutRequest {
		Arguments.requireId("machineId", machineId);
		Arguments.requireId("sessionId", sessionId);
		Arguments.requireWholeMinutes("timeout", timeout);
		Assert.notNull(gpu, "gpu must not be null");
	}

}
