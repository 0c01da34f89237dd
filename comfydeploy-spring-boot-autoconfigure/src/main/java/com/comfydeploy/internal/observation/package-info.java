/**
 * Observations whose failures stay their own. For use by this library only.
 */
@NullMarked
package com.comfydeploy.internal.observation;

import org.jspecify.annotations.NullMarked;
