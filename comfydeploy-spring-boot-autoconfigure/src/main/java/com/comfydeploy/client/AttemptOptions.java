package com.comfydeploy.client;

import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * Options of one attempt. An attribute of the HTTP request carries them through
 * {@code RestClient} to the transport.
 *
 * @param request the request of the call, with its timeout
 * @param token the token, masked in every failure
 * @param streamHandler receives a success whose body is not read, or {@code null} if
 * bodies are read
 * @param delivery records the delivery of each request
 */
record AttemptOptions(SessionRequest request, BearerToken token, @Nullable Consumer<TransportResponse> streamHandler,
		AttemptDelivery delivery) {

	/** Name of the attribute. */
	static final String ATTRIBUTE = AttemptOptions.class.getName();

	static @Nullable AttemptOptions of(Map<String, Object> attributes) {
		return (AttemptOptions) attributes.get(ATTRIBUTE);
	}

}
