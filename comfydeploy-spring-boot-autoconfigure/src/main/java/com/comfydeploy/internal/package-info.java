/**
 * Checks of arguments and arithmetic of durations. Public to Java, not to users.
 */
@NullMarked
package com.comfydeploy.internal;

import org.jspecify.annotations.NullMarked;
