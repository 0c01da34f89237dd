/**
 * Exceptions of ComfyDeploy calls, and the way to translate them.
 */
@NullMarked
package com.comfydeploy.error;

import org.jspecify.annotations.NullMarked;
