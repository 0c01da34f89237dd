package com.comfydeploy.client;

import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.http.TransportResponse;

/**
 * What a request brings as an attribute, for those who make it.
 *
 * @param readTimeout the time that the whole exchange may take
 * @param pooled whether a connection may be used that was used before
 * @param streamHandler receives a success whose body is left unread, or {@code null} if
 * bodies are read
 * @param token what no failure may quote
 */
record AttemptOptions(Duration readTimeout, boolean pooled, @Nullable Consumer<TransportResponse> streamHandler,
		@Nullable BearerToken token) {

	/** The name of the attribute. */
	static final String ATTRIBUTE = AttemptOptions.class.getName();

	static @Nullable AttemptOptions of(Map<String, Object> attributes) {
		return (AttemptOptions) attributes.get(ATTRIBUTE);
	}

}
