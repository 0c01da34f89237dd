package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson3Codec;

/**
 * {@link AbstractSessionContractTests} with Jackson 3.
 */
class Jackson3SessionContractTests extends AbstractSessionContractTests {

	Jackson3SessionContractTests() {
		super(new Jackson3Codec());
	}

}
