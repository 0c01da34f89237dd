package com.comfydeploy.internal.json;

/**
 * Thrown when a JSON document is not as expected. The message has the position and the
 * kind of the error, but no content, which may be secret. For the same reason there is no
 * cause.
 */
@SuppressWarnings("serial")
public final class UnreadableJsonException extends RuntimeException {

	/**
	 * Create an exception.
	 * @param message the position and the kind of the error
	 */
	public UnreadableJsonException(String message) {
		super(message);
	}

}
