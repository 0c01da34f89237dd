package com.comfydeploy.autoconfigure;

import java.util.function.Consumer;

import com.comfydeploy.lease.store.StoreResult;

/**
 * Listener that receives the limit that refused a lease.
 */
interface LeaseRefusalListener extends Consumer<StoreResult> {

}
