package com.comfydeploy.client;

/**
 * {@link AbstractSessionContractTests} with Jackson 2.
 */
class Jackson2SessionContractTests extends AbstractSessionContractTests {

	Jackson2SessionContractTests() {
		super(new Jackson2Codec());
	}

}
