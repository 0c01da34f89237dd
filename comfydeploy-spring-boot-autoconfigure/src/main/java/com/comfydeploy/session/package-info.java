/**
 * Operations on ComfyDeploy sessions, and their value types.
 * <p>
 * Requests and options are immutable, and are equal if their values are equal.
 * {@code mutate()} creates a builder with their values. In a builder, {@code null} clears
 * a value if its parameter is {@code @Nullable}. Other values must not be {@code null}.
 */
@NullMarked
package com.comfydeploy.session;

import org.jspecify.annotations.NullMarked;
