package com.comfydeploy.client;

import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * The attribute by which an HTTP request carries its call through {@code RestClient}.
 *
 * @param request the request of the call, with its timeout
 * @param token the token, masked in every failure
 * @param streamHandler receives a success whose body is not read, or {@code null} if
 * bodies are read
 * @param delivery records what happened to each request
 */
record AttemptOptions(SessionRequest request, BearerToken token, @Nullable Consumer<TransportResponse> streamHandler,
		AttemptDelivery delivery) {

	/** Name of the attribute. */
	static final String ATTRIBUTE = AttemptOptions.class.getName();

	static @Nullable AttemptOptions of(Map<String, Object> attributes) {
		return (AttemptOptions) attributes.get(ATTRIBUTE);
	}

}
