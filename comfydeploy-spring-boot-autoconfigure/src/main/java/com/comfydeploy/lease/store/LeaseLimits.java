package com.comfydeploy.lease.store;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Limits for all leases of a store together.
 *
 * @param maxOpen the maximum number of leases that are open at the same time, or
 * {@code null} for no limit
 * @param maxGpuMinutesPerDay the maximum number of minutes that are granted within 24
 * hours, or {@code null} for no limit
 */
public record LeaseLimits(@Nullable Integer maxOpen, @Nullable Integer maxGpuMinutesPerDay) {

	private static final LeaseLimits NONE = new LeaseLimits(null, null);

	public LeaseLimits {
		Assert.isTrue(maxOpen == null || maxOpen > 0, () -> "maxOpen must be positive, but is " + maxOpen);
		Assert.isTrue(maxGpuMinutesPerDay == null || maxGpuMinutesPerDay > 0,
				() -> "maxGpuMinutesPerDay must be positive, but is " + maxGpuMinutesPerDay);
	}

	/**
	 * Return limits that allow anything.
	 * @return no limits
	 */
	public static LeaseLimits none() {
		return NONE;
	}

	/**
	 * Check the limits for one more lease.
	 * @param open how many leases are open now
	 * @param used the minutes that count now: reserved minutes of open leases, and used
	 * minutes of ended ones
	 * @param minutes how many minutes the lease needs
	 * @return {@link StoreResult#DONE}, or the result for the limit that was reached
	 */
	public StoreResult check(long open, long used, long minutes) {
		if (this.maxOpen != null && open >= this.maxOpen) {
			return StoreResult.MAX_OPEN_REACHED;
		}
		return checkMinutes(used, minutes);
	}

	/**
	 * Check the limits for more minutes.
	 * @param used the minutes that count now: reserved minutes of open leases, and used
	 * minutes of ended ones
	 * @param minutes how many are needed in addition
	 * @return {@link StoreResult#DONE}, or the result for the limit that was reached
	 */
	public StoreResult checkMinutes(long used, long minutes) {
		return (this.maxGpuMinutesPerDay != null && used + minutes > this.maxGpuMinutesPerDay)
				? StoreResult.MAX_GPU_MINUTES_REACHED : StoreResult.DONE;
	}

}
