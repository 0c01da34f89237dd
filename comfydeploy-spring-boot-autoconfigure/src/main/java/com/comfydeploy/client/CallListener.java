package com.comfydeploy.client;

import org.jspecify.annotations.Nullable;

/**
 * Receives the result of each call, its retries included, on the thread that made it.
 * Beans of this type are given to the client that Spring Boot configures. Unlike an
 * observation it needs no registry. What a listener throws is logged and ignored.
 *
 * @see SessionOperationsBuilder#callListener
 */
@FunctionalInterface
public interface CallListener {

	/**
	 * Handle a call that has ended.
	 * @param call the call
	 */
	void onCall(Call call);

	/**
	 * A call that has ended.
	 *
	 * @param operation the operation, such as {@code create}
	 * @param statusCode the HTTP status code of the last attempt, or {@code null} if it
	 * had no response
	 * @param failure the exception that the caller gets, or {@code null} if the call
	 * succeeded
	 * @param clientToken whether the call was made with the client's token, not with one
	 * of its {@link com.comfydeploy.session.CallOptions}
	 */
	record Call(String operation, @Nullable Integer statusCode, @Nullable Throwable failure, boolean clientToken) {

	}

}
