package com.comfydeploy.client;

/**
 * Provider of the token for each request, so that a token can rotate. If the provider
 * throws an exception, the caller receives it unchanged, and nothing is sent. The
 * provider is called on the thread that makes the call; the calls that extend and close a
 * lease are made on separate threads.
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
