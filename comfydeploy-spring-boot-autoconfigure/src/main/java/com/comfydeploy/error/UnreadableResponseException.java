package com.comfydeploy.error;

/**
 * Thrown when the server reports success (2xx) but the body of its response is not as
 * documented. The exception does not contain the body.
 */
public class UnreadableResponseException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param problem what is wrong with the response
	 * @param operation the operation that failed
	 * @param attempts the number of attempts, including the first
	 * @param outcomeUnknown whether the server may have processed an attempt of a
	 * non-idempotent call
	 */
	public UnreadableResponseException(String problem, String operation, int attempts, boolean outcomeUnknown) {
		super(message(operation, problem, attempts, outcomeUnknown), null, operation, attempts, outcomeUnknown);
	}

}
