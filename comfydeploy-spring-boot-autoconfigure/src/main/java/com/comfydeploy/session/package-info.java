/**
 * The sessions of ComfyDeploy: operations and their value types.
 * <p>
 * Requests and options are immutable and compared by their values; {@code mutate()}
 * starts a builder from one. In a builder {@code null} stands for what is not set,
 * wherever something may be left unset; what has a default of its own is not
 * {@code null}.
 */
@NullMarked
package com.comfydeploy.session;

import org.jspecify.annotations.NullMarked;
