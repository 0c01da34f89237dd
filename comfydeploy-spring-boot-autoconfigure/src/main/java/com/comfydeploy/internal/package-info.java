/**
 * Checks of arguments, durations and time. Public to Java, not to users.
 */
@NullMarked
package com.comfydeploy.internal;

import org.jspecify.annotations.NullMarked;
