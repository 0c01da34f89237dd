package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * The end of a session that something waits for.
 *
 * @param sessionId the session's id
 * @param reason what has happened, such as {@code its lease was lost}
 * @param failure what it was caused by, or {@code null}
 */
public record SessionEnd(String sessionId, String reason, @Nullable Throwable failure) {

}
