package com.comfydeploy.autoconfigure;

import java.util.function.Consumer;

import com.comfydeploy.lease.store.Reservation;

/**
 * Listener that receives the limit that refused a lease.
 */
interface LeaseRefusalListener extends Consumer<Reservation> {

}
