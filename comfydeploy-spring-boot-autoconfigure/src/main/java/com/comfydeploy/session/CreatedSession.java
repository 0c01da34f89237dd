package com.comfydeploy.session;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.UrlHost;

/**
 * Response to the creation of a session.
 *
 * @param sessionId the id of the new session
 * @param url the URL of ComfyUI, {@code null} unless the request set
 * {@code waitForServer}
 * @see SessionOperations#create(CreateSessionRequest)
 */
public record CreatedSession(String sessionId, @Nullable String url) implements Serializable {

	/**
	 * Return a description with only the host of the URL, because the URL gives access to
	 * the machine.
	 */
	@Override
	public String toString() {
		return "CreatedSession[sessionId=" + this.sessionId + ", url=" + UrlHost.of(this.url) + "]";
	}

}
