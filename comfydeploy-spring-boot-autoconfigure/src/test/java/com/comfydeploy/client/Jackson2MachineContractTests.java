package com.comfydeploy.client;

/**
 * {@link AbstractMachineContractTests} with Jackson 2.
 */
class Jackson2MachineContractTests extends AbstractMachineContractTests {

	Jackson2MachineContractTests() {
		super(new Jackson2Codec());
	}

}
