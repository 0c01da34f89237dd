/**
 * The fake ComfyDeploy in a Spring Boot application, in its tests or while it is
 * developed.
 */
@NullMarked
package com.comfydeploy.test.autoconfigure;

import org.jspecify.annotations.NullMarked;
