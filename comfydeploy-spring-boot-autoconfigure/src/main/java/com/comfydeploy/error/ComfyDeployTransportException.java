package com.comfydeploy.error;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when there is no usable HTTP response: the connection was refused, reset or
 * timed out, TLS failed, the body was incomplete, or the call was interrupted. If the
 * thread was interrupted, its interrupt flag is set.
 */
public class ComfyDeployTransportException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param problem what happened
	 * @param cause the cause, or {@code null}
	 * @param operation the operation that failed
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the server may have processed an attempt of a
	 * non-idempotent call
	 */
	public ComfyDeployTransportException(String problem, @Nullable Throwable cause, String operation, int attempts,
			boolean outcomeUnknown) {
		super(message(operation, problem, attempts, outcomeUnknown), cause, operation, attempts, outcomeUnknown);
	}

}
