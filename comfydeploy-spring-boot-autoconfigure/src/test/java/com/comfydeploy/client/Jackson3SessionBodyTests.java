package com.comfydeploy.client;

import com.comfydeploy.internal.json.Jackson3Codec;

/**
 * {@link AbstractSessionBodyTests} with Jackson 3.
 */
class Jackson3SessionBodyTests extends AbstractSessionBodyTests {

	Jackson3SessionBodyTests() {
		super(new Jackson3Codec());
	}

}
