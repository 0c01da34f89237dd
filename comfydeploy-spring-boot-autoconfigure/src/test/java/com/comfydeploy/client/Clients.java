package com.comfydeploy.client;

import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import com.comfydeploy.internal.BackOff;
import com.comfydeploy.internal.json.Jackson2Codec;
import com.comfydeploy.internal.json.Jackson3Codec;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.session.SessionOperations;

/**
 * Creates clients whose time a test controls.
 */
final class Clients {

	static final String TOKEN = "secret-token-4711";

	private Clients() {
	}

	static SessionOperationsBuilder builder(String baseUrl) {
		return SessionOperationsBuilder.authorizedBy(() -> TOKEN).baseUrl(baseUrl);
	}

	static SessionClient build(SessionOperationsBuilder builder, Sleeper time) {
		return build(builder, time, new Jackson2Codec());
	}

	/**
	 * Build a client whose waits have no jitter: each is as long as its upper bound.
	 */
	static SessionClient build(SessionOperationsBuilder builder, Sleeper time, JsonCodec json) {
		return builder.build(json, time, new CountDownLatch(1), new BackOff(() -> 1.0));
	}

	static void close(SessionOperations sessions) {
		((SessionClient) sessions).close();
	}

	static Stream<JsonCodec> codecs() {
		return Stream.of(new Jackson2Codec(), new Jackson3Codec());
	}

}
