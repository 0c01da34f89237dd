/**
 * The sessions of ComfyDeploy: operations and their value types.
 */
@NullMarked
package com.comfydeploy.session;

import org.jspecify.annotations.NullMarked;
