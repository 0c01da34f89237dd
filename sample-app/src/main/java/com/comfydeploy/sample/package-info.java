/**
 * Sample application that uses ComfyDeploy sessions.
 */
@NullMarked
package com.comfydeploy.sample;

import org.jspecify.annotations.NullMarked;
