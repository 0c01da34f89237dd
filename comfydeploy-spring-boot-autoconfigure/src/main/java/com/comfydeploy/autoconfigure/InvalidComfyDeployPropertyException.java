package com.comfydeploy.autoconfigure;

/**
 * A property has a value that cannot be used. Says what is wrong with it, and for a
 * secret not what it is.
 */
@SuppressWarnings("serial")
class InvalidComfyDeployPropertyException extends RuntimeException {

	private final String property;

	private final String reason;

	InvalidComfyDeployPropertyException(String property, String reason) {
		super("Property '" + property + "' is not valid: " + reason);
		this.property = property;
		this.reason = reason;
	}

	String getProperty() {
		return this.property;
	}

	String getReason() {
		return this.reason;
	}

}
