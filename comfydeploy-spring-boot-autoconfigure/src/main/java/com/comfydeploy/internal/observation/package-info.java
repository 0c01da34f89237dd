/**
 * Observations whose failures do not fail a call. For use by this library only.
 */
@NullMarked
package com.comfydeploy.internal.observation;

import org.jspecify.annotations.NullMarked;
