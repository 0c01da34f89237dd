package com.comfydeploy.error;

import org.jspecify.annotations.Nullable;

/**
 * There was no usable HTTP response: the connection was refused, reset or timed out, TLS
 * failed, the body broke off, or the call was interrupted. An interrupted thread has its
 * interrupt flag set again.
 */
public class ComfyDeployTransportException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param what what happened
	 * @param cause the cause, or {@code null}
	 * @param operation the operation that failed
	 * @param attempts the number of attempts made, the first included
	 * @param outcomeUnknown whether some attempt of a non-idempotent call may have been
	 * carried out
	 */
	public ComfyDeployTransportException(String what, @Nullable Throwable cause, String operation, int attempts,
			boolean outcomeUnknown) {
		super(message(operation, what, attempts, outcomeUnknown), cause, operation, attempts, outcomeUnknown);
	}

}
