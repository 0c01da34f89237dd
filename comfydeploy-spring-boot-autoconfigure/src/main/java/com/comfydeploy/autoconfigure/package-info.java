/**
 * Spring Boot auto-configuration for ComfyDeploy.
 */
@NullMarked
package com.comfydeploy.autoconfigure;

import org.jspecify.annotations.NullMarked;
