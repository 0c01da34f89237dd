package com.comfydeploy.internal.json;

/**
 * A document is not what was promised. Says where and in which way, and nothing of what
 * it holds, which may be secret; for the same reason it has no cause.
 */
@SuppressWarnings("serial")
public final class UnreadableJsonException extends RuntimeException {

	/**
	 * Create an exception.
	 * @param message where and in which way the document is not what was promised
	 */
	public UnreadableJsonException(String message) {
		super(message);
	}

}
