package com.comfydeploy.client;

/**
 * Provider of the token for each request. The token may change between requests. If the
 * provider throws an exception, the caller receives it unchanged, and no request is sent.
 * The provider is called on the thread that makes the call. A lease extends and closes
 * its session on threads that do not belong to the application.
 */
@FunctionalInterface
public interface BearerTokenProvider {

	/**
	 * Return the token.
	 * @return the token, of visible ASCII characters; a call with a blank token fails
	 * with an {@link IllegalStateException}
	 */
	String getToken();

}
