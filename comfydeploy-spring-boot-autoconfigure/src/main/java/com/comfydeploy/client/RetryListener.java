package com.comfydeploy.client;

/**
 * Listener for retries. It is called before the second and each later attempt, on the
 * thread of the call. Its exceptions are logged and ignored.
 *
 * @see SessionOperationsBuilder#retryListener(RetryListener)
 */
@FunctionalInterface
public interface RetryListener {

	/**
	 * Handle a retry.
	 * @param retry the attempt that is about to be made
	 */
	void onRetry(Retry retry);

	/**
	 * An attempt after the first.
	 *
	 * @param operation the operation, such as {@code get}
	 * @param attempt the number of the attempt, at least 2
	 * @param reason the failure of the previous attempt: its HTTP status code, such as
	 * {@code 503}, or {@code io} if it had no response
	 */
	record Retry(String operation, int attempt, String reason) {

	}

}
