package com.comfydeploy.client;

import java.io.IOException;

/**
 * The application closed the client, at the latest with its context.
 */
@SuppressWarnings("serial")
final class ClientClosedException extends IOException {

	ClientClosedException() {
		super("the client has been closed");
	}

}
