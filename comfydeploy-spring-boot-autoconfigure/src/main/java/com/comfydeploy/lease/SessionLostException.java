package com.comfydeploy.lease;

import com.comfydeploy.error.ComfyDeployException;

/**
 * Failure of a lease whose session was lost: the session ended although the lease was not
 * closed, or another instance has taken the lease over. The operation is {@code lease}.
 *
 * @see SessionLease#failure()
 * @see SessionLeaseEvent.Type#LOST
 */
@SuppressWarnings("serial")
public class SessionLostException extends ComfyDeployException {

	private final String sessionId;

	/**
	 * Create an exception.
	 * @param sessionId the session's id
	 * @param reason why it was lost, without a full stop
	 */
	public SessionLostException(String sessionId, String reason) {
		super("Session " + sessionId + " was lost: " + reason + ". Open another lease to continue", null, "lease", 0,
				false);
		this.sessionId = sessionId;
	}

	/**
	 * Return the session's id.
	 * @return the id
	 */
	public String getSessionId() {
		return this.sessionId;
	}

}
