package com.comfydeploy.client;

/**
 * Source of the token that a request is authorised with, asked for every request, so that
 * a token can rotate. What it throws reaches the caller as it is, and nothing is sent. It
 * is asked on the thread that makes the call, which for a lease that is extended or
 * closed is none of the application's.
 */
@FunctionalInterface
public interface BearerTokenProvider {

	/**
	 * Return the token.
	 * @return the token, of visible ASCII characters; a blank one makes the call fail
	 * with an {@link IllegalStateException}
	 */
	String getToken();

}
