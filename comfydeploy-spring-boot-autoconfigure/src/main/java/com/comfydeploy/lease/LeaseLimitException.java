package com.comfydeploy.lease;

import java.time.Duration;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.lease.store.StoreResult;

/**
 * Thrown when a limit does not allow another lease, or more minutes for a lease. No
 * request was sent.
 *
 * @see SessionLeasesBuilder#maxOpen(int)
 * @see SessionLeasesBuilder#maxGpuMinutesPerDay(int)
 */
@SuppressWarnings("serial")
public class LeaseLimitException extends ComfyDeployException {

	/**
	 * Create an exception.
	 * @param message what happened and what to do next
	 * @param operation the operation that was not made, such as {@code create}
	 */
	public LeaseLimitException(String message, String operation) {
		super(message, null, operation, 0, false);
	}

	/**
	 * Create an exception.
	 * @param waited the time for which the caller has waited for a place
	 */
	static LeaseLimitException of(StoreResult result, String operation, Duration waited) {
		String limit = (result == StoreResult.MAX_OPEN_REACHED)
				? "there are as many leases as comfydeploy.lease.max-open allows, and none was closed"
				: "the minutes of comfydeploy.lease.max-gpu-minutes-per-day are used up, and none were given back";
		return new LeaseLimitException(limit + " within " + waited + ", so nothing was sent: close a lease, or wait "
				+ "longer (comfydeploy.lease.acquire-timeout)", operation);
	}

}
