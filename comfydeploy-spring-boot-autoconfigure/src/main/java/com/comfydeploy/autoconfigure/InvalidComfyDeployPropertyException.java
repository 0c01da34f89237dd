package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the value of a property is invalid. The message does not contain the value
 * of a secret.
 */
@SuppressWarnings("serial")
class InvalidComfyDeployPropertyException extends RuntimeException {

	private final String property;

	private final String reason;

	InvalidComfyDeployPropertyException(String property, String reason) {
		this(property, reason, null);
	}

	InvalidComfyDeployPropertyException(String property, String reason, @Nullable Throwable cause) {
		super("Property '" + property + "' is not valid: " + reason, cause);
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
