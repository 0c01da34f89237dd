package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

/**
 * Listener for the result of each call, including its retries, called on the thread of
 * the call. The client that Spring Boot configures uses all beans of this type. Unlike an
 * observation, a listener does not need a registry. Its exceptions are logged and
 * ignored.
 *
 * @see SessionOperationsBuilder#callListener
 */
@FunctionalInterface
public interface CallListener {

	/**
	 * Handle a completed call.
	 * @param call the call
	 */
	void onCall(Call call);

	/**
	 * A completed call.
	 *
	 * @param operation the operation, such as {@code create}
	 * @param statusCode the HTTP status code of the last attempt, or {@code null} if it
	 * had no response
	 * @param failure the exception thrown to the caller, or {@code null} if the call
	 * succeeded
	 * @param clientToken whether the call used the client's token, not one of its
	 * {@link com.comfydeploy.session.CallOptions}
	 */
	record Call(String operation, @Nullable Integer statusCode, @Nullable Throwable failure, boolean clientToken) {

	}

}
