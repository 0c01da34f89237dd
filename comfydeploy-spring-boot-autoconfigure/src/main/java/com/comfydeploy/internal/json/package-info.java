/**
 * JSON with the Jackson of the application, 2 or 3. Public to Java, not to users.
 */
@NullMarked
package com.comfydeploy.internal.json;

import org.jspecify.annotations.NullMarked;
