package com.comfydeploy.error;

/**
 * The server reported success (2xx), but the body of its response is not what was
 * promised. The body itself is not kept.
 */
public class UnreadableResponseException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param what what is wrong with the response
	 * @param operation the operation that failed
	 * @param attempts the number of attempts made, the first included
	 * @param outcomeUnknown whether some attempt of a non-idempotent call may have been
	 * carried out
	 */
	public UnreadableResponseException(String what, String operation, int attempts, boolean outcomeUnknown) {
		super(message(operation, what, attempts, outcomeUnknown), null, operation, attempts, outcomeUnknown);
	}

}
