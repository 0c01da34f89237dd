/**
 * How a session call is made: HTTP, retry, observation.
 */
@NullMarked
package com.comfydeploy.client;

import org.jspecify.annotations.NullMarked;
