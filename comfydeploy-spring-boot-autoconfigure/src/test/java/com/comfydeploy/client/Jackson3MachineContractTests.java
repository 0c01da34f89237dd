package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson3Codec;

/**
 * {@link AbstractMachineContractTests} with Jackson 3.
 */
class Jackson3MachineContractTests extends AbstractMachineContractTests {

	Jackson3MachineContractTests() {
		super(new Jackson3Codec());
	}

}
