package com.comfydeploy.session;

import java.util.List;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.UnreadableResponseException;

/**
 * The operations on ComfyDeploy sessions. An implementation can be used from any number
 * of threads.
 * <p>
 * Arguments are checked before anything is sent: one that the server could not take is an
 * {@link IllegalArgumentException}. From then on every failure is a
 * {@link ComfyDeployException}: {@link HttpValidationException} (422),
 * {@link ComfyDeployApiException} (any other response that is no success),
 * {@link ComfyDeployTransportException} (no usable response) or
 * {@link UnreadableResponseException} (a success whose body is not what was promised).
 * Failures that a repetition can mend and cannot make worse are retried before.
 *
 * @see ComfyDeployException#isOutcomeUnknown()
 */
public interface SessionOperations {

	/**
	 * Get a session.
	 * @param sessionId the session's id
	 * @return the session
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-session">GET
	 * /session/{session_id}</a>
	 */
	Session get(String sessionId);

	/**
	 * List the sessions of the organisation, or of the user without one. Those that are
	 * closing are left out: the list is not a complete list of what costs money.
	 * @return an immutable list, maybe empty
	 * @throws ComfyDeployException if the call fails
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-machine-sessions">GET
	 * /sessions</a>
	 */
	List<Session> list();

	/**
	 * List the sessions of a machine. Those that are closing are left out.
	 * @param machineId the machine's id
	 * @return an immutable list, empty if there is no such machine
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployException if the call fails
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-machine-sessions">GET
	 * /sessions?machine_id=</a>
	 */
	List<Session> list(String machineId);

	/**
	 * Create a session, which costs money from then on. Sent again only where the server
	 * surely did not carry it out.
	 * @param request what to create
	 * @return the new session's id, and its url if the server was asked to wait for it
	 * @throws ComfyDeployException if the call fails;
	 * {@link ComfyDeployException#isOutcomeUnknown()} tells whether a session may be
	 * running all the same
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/create-session">POST
	 * /session</a>
	 */
	CreatedSession create(CreateSessionRequest request);

	/**
	 * Add to the time of a session as the original API does: it changes what
	 * {@link Session#timeout()} shows, not the deadline {@link Session#timeoutEnd()}.
	 * Sent again only where the server surely did not carry it out.
	 * @param request the session and the time to add
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/increase-timeout">POST
	 * /session/increase-timeout</a>
	 */
	void increaseTimeout(IncreaseTimeoutRequest request);

	/**
	 * Cancel a session without waiting for the end of its shutdown, until which
	 * {@link #get(String)} still finds it.
	 * @param sessionId the session's id
	 * @return {@code false} if the server answers that it did not succeed
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/delete-session">DELETE
	 * /session/{session_id}</a>
	 */
	boolean cancel(String sessionId);

	/**
	 * Cancel a session.
	 * @param sessionId the session's id
	 * @param waitForShutdown whether the server answers only after the shutdown, for
	 * which it waits up to 30 seconds
	 * @return {@code false} if the server answers that it did not succeed
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/delete-session">DELETE
	 * /session/{session_id}?wait_for_shutdown=</a>
	 */
	boolean cancel(String sessionId, boolean waitForShutdown);

}
