/**
 * Session leases: sessions that are kept while they are held, and given back for certain.
 */
@NullMarked
package com.comfydeploy.lease;

import org.jspecify.annotations.NullMarked;
