package com.comfydeploy.lease;

import com.comfydeploy.error.ComfyDeployException;

/**
 * The lease store cannot be used, so no session was created: nothing was sent.
 */
@SuppressWarnings("serial")
public class LeaseStoreException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param message what happened
	 * @param cause what the store threw
	 */
	public LeaseStoreException(String message, Throwable cause) {
		super(message, cause, "create", 0, false);
	}

}
