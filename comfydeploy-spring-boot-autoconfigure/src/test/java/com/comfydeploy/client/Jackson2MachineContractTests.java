package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson2Codec;

/**
 * {@link AbstractMachineContractTests} with Jackson 2.
 */
class Jackson2MachineContractTests extends AbstractMachineContractTests {

	Jackson2MachineContractTests() {
		super(new Jackson2Codec());
	}

}
