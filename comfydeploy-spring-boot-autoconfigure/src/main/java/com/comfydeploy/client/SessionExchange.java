package com.comfydeploy.client;

/**
 * Sends the request of a call.
 */
interface SessionExchange {

	/**
	 * Make an attempt.
	 * @param call the call
	 * @return a successful reply (2xx)
	 * @throws AttemptFailure if there was no success
	 * @throws Exception what the token provider threw
	 */
	SessionReply exchange(SessionCall call) throws Exception;

}
