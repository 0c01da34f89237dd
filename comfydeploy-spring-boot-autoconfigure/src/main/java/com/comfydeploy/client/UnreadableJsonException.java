package com.comfydeploy.client;

/**
 * A document is not what was promised. Says where and in which way, and nothing of what
 * it holds, which may be secret; for the same reason it has no cause.
 */
@SuppressWarnings("serial")
final class UnreadableJsonException extends RuntimeException {

	UnreadableJsonException(String message) {
		super(message);
	}

}
