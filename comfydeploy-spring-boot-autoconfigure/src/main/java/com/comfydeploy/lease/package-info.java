/**
 * Session leases, which keep a session running while it is in use and cancel it
 * afterwards.
 */
@NullMarked
package com.comfydeploy.lease;

import org.jspecify.annotations.NullMarked;
