package com.comfydeploy.client;

/**
 * Provider of the token for each request, so that a token can rotate. An exception is
 * thrown to the caller unchanged, and nothing is sent. The provider is called on the
 * thread of the call. A lease is extended and closed on threads of its own.
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
