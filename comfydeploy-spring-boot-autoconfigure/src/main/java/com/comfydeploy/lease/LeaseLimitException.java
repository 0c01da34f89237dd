package com.comfydeploy.lease;

import java.time.Duration;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.internal.Durations;
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
		String limit = (result == StoreResult.MAX_OPEN_REACHED) ? "comfydeploy.lease.max-open"
				: "comfydeploy.lease.max-gpu-minutes-per-day";
		return new LeaseLimitException(
				"The limit '" + limit + "' "
						+ (waited.isZero() ? "is reached" : "was still reached after " + Durations.format(waited))
						+ ", so nothing was sent: close a lease, or wait longer ('comfydeploy.lease.acquire-timeout')",
				operation);
	}

}
