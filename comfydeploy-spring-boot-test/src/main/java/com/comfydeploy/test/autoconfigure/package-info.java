/**
 * The fake ComfyDeploy in the tests of a Spring Boot application.
 */
@NullMarked
package com.comfydeploy.test.autoconfigure;

import org.jspecify.annotations.NullMarked;
