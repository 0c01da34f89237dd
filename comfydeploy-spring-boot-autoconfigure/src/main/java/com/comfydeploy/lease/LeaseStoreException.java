package com.comfydeploy.lease;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.error.ComfyDeployException;

/**
 * Thrown when the lease store cannot be used. The create or the extension that needed the
 * store was not sent.
 */
@SuppressWarnings("serial")
public class LeaseStoreException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param message what happened
	 * @param cause the exception of the store, or {@code null}
	 */
	public LeaseStoreException(String message, @Nullable Throwable cause) {
		super(message, cause, "create", 0, false);
	}

}
