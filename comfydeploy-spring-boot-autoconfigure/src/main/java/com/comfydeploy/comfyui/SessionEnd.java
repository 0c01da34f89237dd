package com.comfydeploy.comfyui;

import org.jspecify.annotations.Nullable;

/**
 * End of a session that was in use.
 *
 * @param sessionId the session's id
 * @param reason the reason, such as {@code its lease was lost}
 * @param failure the cause, or {@code null}
 */
public record SessionEnd(String sessionId, String reason, @Nullable Throwable failure) {

}
