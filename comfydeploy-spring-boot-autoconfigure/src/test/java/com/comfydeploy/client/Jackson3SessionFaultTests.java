package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson3Codec;

/**
 * {@link AbstractSessionFaultTests} with Jackson 3.
 */
class Jackson3SessionFaultTests extends AbstractSessionFaultTests {

	Jackson3SessionFaultTests() {
		super(new Jackson3Codec());
	}

}
