package com.comfydeploy.lease.store;

import org.springframework.util.Assert;

/**
 * Proof of who holds a lease. Each takeover raises the epoch, so that the hold of an
 * earlier holder is invalid.
 *
 * @param leaseId the lease's id in the store, not the session's
 * @param instance the id of the JVM that holds it
 * @param epoch 1 for the JVM that opened the lease, one more with each takeover
 */
public record LeaseHold(String leaseId, String instance, long epoch) {

	public LeaseHold {
		Assert.hasText(leaseId, "leaseId must not be blank");
		Assert.hasText(instance, "instance must not be blank");
		Assert.isTrue(epoch > 0, "epoch must be positive");
	}

	/**
	 * Return the hold of the JVM that opens a lease.
	 * @param leaseId the lease's id in the store
	 * @param instance the id of the JVM that opens it
	 * @return the hold, of epoch 1
	 */
	public static LeaseHold first(String leaseId, String instance) {
		return new LeaseHold(leaseId, instance, 1);
	}

	/**
	 * Return the hold after a takeover by another JVM.
	 * @param instance the id of the JVM that takes over
	 * @return the hold, of the next epoch
	 */
	public LeaseHold takenOverBy(String instance) {
		return new LeaseHold(this.leaseId, instance, this.epoch + 1);
	}

}
