package com.comfydeploy.client;

import java.io.ByteArrayInputStream;

/**
 * A body that has been read and is not copied.
 */
final class ByteArrayBody extends ByteArrayInputStream {

	ByteArrayBody(byte[] body) {
		super(body);
	}

	byte[] array() {
		return this.buf;
	}

}
