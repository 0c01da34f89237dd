/**
 * Auto-configuration of the fake ComfyDeploy in a Spring Boot application, in its tests
 * or during development.
 */
@NullMarked
package com.comfydeploy.test.autoconfigure;

import org.jspecify.annotations.NullMarked;
