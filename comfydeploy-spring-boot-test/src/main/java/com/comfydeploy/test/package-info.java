/**
 * An in-process fake of the ComfyDeploy session API.
 */
@NullMarked
package com.comfydeploy.test;

import org.jspecify.annotations.NullMarked;
