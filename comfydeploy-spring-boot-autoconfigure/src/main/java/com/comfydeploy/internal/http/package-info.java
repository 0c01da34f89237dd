/**
 * One HTTP/1.1 request and its response over a socket. Public to Java, not to users.
 */
@NullMarked
package com.comfydeploy.internal.http;

import org.jspecify.annotations.NullMarked;
