package com.comfydeploy.session;

import java.io.Serializable;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * A line of a session's log.
 *
 * @param message what happened
 * @param level how much it matters, such as {@code info} or {@code error}
 * @param timestamp when it happened, or {@code null} if the server did not say
 * @see SessionLog
 */
public record SessionLogEntry(String message, String level, @Nullable Instant timestamp) implements Serializable {

}
