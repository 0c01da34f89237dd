package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.machine.MachineOperations;

/**
 * Settings for remembering leases outside this JVM, and for counting them.
 *
 * @param store the store, or {@code null} for none
 * @param instanceId the id of this JVM in the store
 * @param limits the limits for all leases of the store together
 * @param acquireTimeout the time to wait for a place
 * @param onOrphan the policy for leases whose holder died
 * @param machines the operations that read events of machines, or {@code null} for none
 * @param reports receives leases that need attention
 * @param refusals receives the limit that refused a lease
 */
record StoreSettings(@Nullable LeaseStore store, String instanceId, LeaseLimits limits, Duration acquireTimeout,
		OrphanPolicy onOrphan, @Nullable MachineOperations machines, Consumer<LeaseReportEvent> reports,
		Consumer<StoreResult> refusals) {

}
