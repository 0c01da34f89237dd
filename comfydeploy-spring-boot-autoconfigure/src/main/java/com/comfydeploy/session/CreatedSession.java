package com.comfydeploy.session;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.internal.UrlHost;

/**
 * Response to the creation of a session.
 *
 * @param sessionId the new session's id
 * @param url address of ComfyUI; {@code null} unless the server was asked to wait for it
 * @see SessionOperations#create(CreateSessionRequest)
 */
public record CreatedSession(String sessionId, @Nullable String url) implements Serializable {

	/**
	 * Return the components, of the url only its host: the whole is a key to the machine.
	 */
	@Override
	public String toString() {
		return "CreatedSession[sessionId=" + this.sessionId + ", url=" + UrlHost.of(this.url) + "]";
	}

}
