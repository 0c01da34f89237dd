package com.comfydeploy.client;

/**
 * {@link AbstractSessionFaultTests} with Jackson 2.
 */
class Jackson2SessionFaultTests extends AbstractSessionFaultTests {

	Jackson2SessionFaultTests() {
		super(new Jackson2Codec());
	}

}
