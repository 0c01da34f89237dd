package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson2Codec;

/**
 * {@link AbstractSessionBodyTests} with Jackson 2.
 */
class Jackson2SessionBodyTests extends AbstractSessionBodyTests {

	Jackson2SessionBodyTests() {
		super(new Jackson2Codec());
	}

}
