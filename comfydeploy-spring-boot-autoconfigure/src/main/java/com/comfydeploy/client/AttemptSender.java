package com.comfydeploy.client;

/**
 * Sends the request of a call.
 */
interface AttemptSender {

	/**
	 * Make an attempt.
	 * @param call the call
	 * @return a successful response (2xx)
	 * @throws AttemptFailure if there was no success
	 * @throws Exception what the token provider threw
	 */
	SessionResponse exchange(SessionCall call) throws Exception;

}
