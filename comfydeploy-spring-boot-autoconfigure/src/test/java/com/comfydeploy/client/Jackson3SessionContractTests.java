package com.comfydeploy.client;

/**
 * {@link AbstractSessionContractTests} with Jackson 3.
 */
class Jackson3SessionContractTests extends AbstractSessionContractTests {

	Jackson3SessionContractTests() {
		super(new Jackson3Codec());
	}

}
