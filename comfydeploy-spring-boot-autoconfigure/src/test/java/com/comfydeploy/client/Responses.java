package com.comfydeploy.client;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;

/**
 * Responses of a server.
 */
final class Responses {

	private Responses() {
	}

	/**
	 * Respond to requests in turn, and to no request after the last response.
	 */
	static void inTurn(WireMockExtension server, ResponseDefinitionBuilder... responses) {
		String state = Scenario.STARTED;
		for (int i = 0; i < responses.length; i++) {
			server.stubFor(any(anyUrl()).inScenario("turns")
				.whenScenarioStateIs(state)
				.willReturn(responses[i])
				.willSetStateTo("after " + i));
			state = "after " + i;
		}
	}

}
