/**
 * Stores that remember leases beyond the life of a JVM: in a file, in a database, or in
 * an application's own store.
 */
@NullMarked
package com.comfydeploy.lease.store;

import org.jspecify.annotations.NullMarked;
