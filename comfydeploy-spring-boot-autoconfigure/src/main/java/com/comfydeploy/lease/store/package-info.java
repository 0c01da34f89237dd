/**
 * Stores that keep the records of leases when their JVM has ended: in a file, in a
 * database, or in an application's own store.
 */
@NullMarked
package com.comfydeploy.lease.store;

import org.jspecify.annotations.NullMarked;
