package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson2Codec;

/**
 * {@link AbstractSessionContractTests} with Jackson 2.
 */
class Jackson2SessionContractTests extends AbstractSessionContractTests {

	Jackson2SessionContractTests() {
		super(new Jackson2Codec());
	}

}
