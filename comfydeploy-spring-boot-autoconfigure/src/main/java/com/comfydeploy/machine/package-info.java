/**
 * Operations on ComfyDeploy machines, their GPU events, and prices, with their value
 * types.
 */
@NullMarked
package com.comfydeploy.machine;

import org.jspecify.annotations.NullMarked;
