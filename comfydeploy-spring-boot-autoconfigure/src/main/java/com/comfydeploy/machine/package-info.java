/**
 * The operations on ComfyDeploy machines: what sessions run on, what ran there, and what
 * it costs.
 */
@NullMarked
package com.comfydeploy.machine;

import org.jspecify.annotations.NullMarked;
