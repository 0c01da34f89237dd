package com.comfydeploy.session;

import java.io.Serializable;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * Entry of the log of a session.
 *
 * @param message the message
 * @param level the level, such as {@code info} or {@code error}
 * @param timestamp the time, or {@code null} if the server did not send it
 * @see SessionLog
 */
public record SessionLogEntry(String message, String level, @Nullable Instant timestamp) implements Serializable {

}
