/**
 * JSON by Jackson 2 or Jackson 3, whichever the application has. Public to Java, not to
 * users.
 */
@NullMarked
package com.comfydeploy.internal.json;

import org.jspecify.annotations.NullMarked;
