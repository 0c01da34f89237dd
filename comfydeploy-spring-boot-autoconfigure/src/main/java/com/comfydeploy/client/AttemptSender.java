package com.comfydeploy.client;

/**
 * Sends the HTTP request of a call.
 */
interface AttemptSender {

	/**
	 * Make one attempt.
	 * @param call the call
	 * @return a successful response (2xx)
	 * @throws AttemptFailure if there was no successful response
	 * @throws Exception the exception of the token provider
	 */
	SessionResponse send(SessionCall call) throws Exception;

}
