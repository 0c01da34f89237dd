/**
 * Exceptions of ComfyDeploy calls, and the strategy to translate error responses.
 */
@NullMarked
package com.comfydeploy.error;

import org.jspecify.annotations.NullMarked;
