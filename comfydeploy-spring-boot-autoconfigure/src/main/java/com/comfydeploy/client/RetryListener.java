package com.comfydeploy.client;

/**
 * Notified of attempts after the first. It is called on the thread of the call, before
 * the attempt, and what it throws is logged and changes nothing.
 *
 * @see SessionOperationsBuilder#retryListener(RetryListener)
 */
@FunctionalInterface
public interface RetryListener {

	/**
	 * Note that a call is tried again.
	 * @param retry the attempt that is about to be made
	 */
	void onRetry(Retry retry);

	/**
	 * An attempt after the first.
	 *
	 * @param operation the operation, such as {@code get}
	 * @param attempt the number of the attempt, at least 2
	 * @param reason why the attempt before failed: its HTTP status code, such as
	 * {@code 503}, or {@code io} if it had no response
	 */
	record Retry(String operation, int attempt, String reason) {

	}

}
