package com.comfydeploy.lease;

import java.time.Duration;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.machine.MachineOperations;

/**
 * How leases are remembered beyond this JVM, and counted.
 *
 * @param store where, or {@code null} for nowhere
 * @param instanceId who this JVM is in the store
 * @param limits what all leases of the store together may use
 * @param acquireTimeout how long to wait for a place
 * @param onOrphan what becomes of leases whose holder died
 * @param machines where events of machines are read, or {@code null} for nowhere
 * @param reports receives what needs attention
 * @param refusals receives what a limit refused
 */
record StoreSettings(@Nullable LeaseStore store, String instanceId, LeaseLimits limits, Duration acquireTimeout,
		OnOrphan onOrphan, @Nullable MachineOperations machines, Consumer<LeaseReportEvent> reports,
		Consumer<StoreResult> refusals) {

}
