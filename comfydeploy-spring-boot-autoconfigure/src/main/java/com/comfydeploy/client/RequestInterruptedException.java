package com.comfydeploy.client;

import java.io.InterruptedIOException;

/**
 * The calling thread was interrupted. Its interrupt flag is set.
 */
@SuppressWarnings("serial")
final class RequestInterruptedException extends InterruptedIOException {

	RequestInterruptedException(String message) {
		super(message);
	}

}
