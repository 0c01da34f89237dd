package com.comfydeploy.client;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What a request brings as an attribute, for those who make it.
 *
 * @param readTimeout the time that the whole exchange may take
 * @param sharedConnection whether a connection may be used that was used before
 * @param stream whether the body of a success is to be left unread
 * @param token what no failure may quote
 */
record ExchangeOptions(Duration readTimeout, boolean sharedConnection, boolean stream, @Nullable BearerToken token) {

	/** The name of the attribute. */
	static final String ATTRIBUTE = ExchangeOptions.class.getName();

	static @Nullable ExchangeOptions of(Map<String, Object> attributes) {
		return (ExchangeOptions) attributes.get(ATTRIBUTE);
	}

	IOException masked(IOException failure) {
		return (this.token != null && !AttemptFailure.isBeforeSending(failure)) ? this.token.mask(failure) : failure;
	}

}
