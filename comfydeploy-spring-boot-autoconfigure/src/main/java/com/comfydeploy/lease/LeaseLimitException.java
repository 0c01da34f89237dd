package com.comfydeploy.lease;

import com.comfydeploy.error.ComfyDeployException;

/**
 * There are as many leases as allowed, and none was closed in time. Nothing was sent.
 *
 * @see SessionLeasesBuilder#maxOpen(int)
 */
public class LeaseLimitException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param message what happened and what to do next
	 * @param operation the operation that was not made, such as {@code create}
	 */
	public LeaseLimitException(String message, String operation) {
		super(message, null, operation, 0, false);
	}

}
