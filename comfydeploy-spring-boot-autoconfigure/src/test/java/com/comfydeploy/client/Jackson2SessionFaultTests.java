package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson2Codec;

/**
 * {@link AbstractSessionFaultTests} with Jackson 2.
 */
class Jackson2SessionFaultTests extends AbstractSessionFaultTests {

	Jackson2SessionFaultTests() {
		super(new Jackson2Codec());
	}

}
