package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

/**
 * Listener for the result of each call. It is called once for a call and its retries, on
 * the thread of the call. The client that Spring Boot configures uses all beans of this
 * type. A listener works without an {@code ObservationRegistry}. Its exceptions are
 * logged and ignored.
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
	 * @param clientToken whether the call used the token of the client, and not a token
	 * that was set in {@link com.comfydeploy.session.CallOptions}
	 */
	record Call(String operation, @Nullable Integer statusCode, @Nullable Throwable failure, boolean clientToken) {

	}

}
