package com.comfydeploy.session;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.error.UnreadableResponseException;

/**
 * The operations on ComfyDeploy sessions. An implementation can be used from any number
 * of threads.
 * <p>
 * Arguments are checked before anything is sent: one that the server could not take is an
 * {@link IllegalArgumentException}. From then on every failure is a
 * {@link ComfyDeployException}: {@link HttpValidationException} (422),
 * {@link ComfyDeployApiException} (any other response that is not a success),
 * {@link ComfyDeployTransportException} (no usable response) or
 * {@link UnreadableResponseException} (a success whose body is not what was promised).
 * Failures that another attempt can repair and cannot make worse are retried before.
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
	 * Find a session. Unlike for {@link #get(String)}, a session that does not exist is
	 * not a failure, and not a failed call in the meters.
	 * @param sessionId the session's id
	 * @return the session, or empty if the server responds that there is no such session,
	 * or no longer
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if a 404 does not come from the API itself
	 * but from a gateway, or for a wrong path: it proves nothing about the session
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-session">GET
	 * /session/{session_id}</a>
	 */
	Optional<Session> find(String sessionId);

	/**
	 * List the sessions of the organisation, or of the user without one. Those that are
	 * closing are left out, and those whose deadline the server cannot read: the list is
	 * not a complete list of what costs money, and an empty list proves nothing.
	 * @return an immutable list, possibly empty
	 * @throws ComfyDeployException if the call fails
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-machine-sessions">GET
	 * /sessions</a>
	 */
	List<Session> list();

	/**
	 * List the sessions of a machine. Those that are closing are left out, and those
	 * whose deadline the server cannot read: an empty list proves nothing.
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
	 * {@link ComfyDeployException#isOutcomeUnknown()} says whether a session may be
	 * running anyway
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/create-session">POST
	 * /session</a>
	 */
	CreatedSession create(CreateSessionRequest request);

	/**
	 * Create a session without a machine made beforehand, which costs money from then on.
	 * Sent again only where the server surely did not carry it out.
	 * @param request what to create
	 * @return the new session's id, and its url if the server was asked to wait for it
	 * and the start succeeded
	 * @throws ComfyDeployException if the call fails;
	 * {@link ComfyDeployException#isOutcomeUnknown()} says whether a session may be
	 * running anyway
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/dynamic</a>
	 */
	CreatedSession createDynamic(CreateDynamicSessionRequest request);

	/**
	 * Add to the time of a session as the original API does: it changes what
	 * {@link Session#timeout()} shows, not the deadline {@link Session#timeoutEnd()}, for
	 * which there is {@link #increaseTimeout(String, Duration)}. Sent again only where
	 * the server surely did not carry it out.
	 * @param request the session and the time to add
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/increase-timeout">POST
	 * /session/increase-timeout</a>
	 */
	void increaseTimeout(IncreaseTimeoutRequest request);

	/**
	 * Move the deadline of a session, {@link Session#timeoutEnd()}, which is what keeps
	 * it running. Use this one; {@link #increaseTimeout(IncreaseTimeoutRequest)} is there
	 * for what has been built on the original API. Sent again only where the server
	 * surely did not carry it out.
	 * @param sessionId the session's id
	 * @param extension the time to add, a positive whole number of minutes
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the extension is not a positive whole number of minutes that fits 32 bits
	 * @throws ComfyDeployApiException.NotFound if there is no such session, it is
	 * closing, or the server has no deadline for it; {@link #find(String)} distinguishes
	 * them
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/increase-timeout</a>
	 */
	void increaseTimeout(String sessionId, Duration extension);

	/**
	 * Keep the state of a session as a new version of its machine. Sent again only where
	 * the server surely did not carry it out.
	 * @param sessionId the session's id
	 * @return the new version
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/snapshot</a>
	 */
	SessionSnapshot snapshot(String sessionId);

	/**
	 * Keep the state of a session as a version of a machine with a name, which a session
	 * that was created without a machine needs. Sent again only where the server surely
	 * did not carry it out.
	 * @param sessionId the session's id
	 * @param machineName the name
	 * @return the new version
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the name is blank
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/snapshot</a>
	 */
	SessionSnapshot snapshot(String sessionId, String machineName);

	/**
	 * Cancel a session without waiting for the end of its shutdown, until which
	 * {@link #get(String)} still finds it. {@code true} does not prove that the session
	 * ends: the server also responds so when it could not reach the container. Only a
	 * session that {@link #find(String)} no longer finds has ended.
	 * @param sessionId the session's id
	 * @return {@code false} if the server responds that it did not succeed, or that the
	 * session has no container yet (400, {@code Modal function id not found}): it has
	 * closed the session's record then, and a container that starts later cannot be
	 * stopped by any call
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
	 * @param waitForShutdown whether the server responds only after the shutdown, for
	 * which it waits up to 30 seconds
	 * @return {@code false} if the server responds that it did not succeed, or that the
	 * session has no container yet (400, {@code Modal function id not found}): it has
	 * closed the session's record then, and a container that starts later cannot be
	 * stopped by any call
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there is no such session, or no longer
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/delete-session">DELETE
	 * /session/{session_id}?wait_for_shutdown=</a>
	 */
	boolean cancel(String sessionId, boolean waitForShutdown);

	/**
	 * Poll a session until it is ready. This is the better way to wait than
	 * {@code waitForServer}: the session's id is known before, and nothing depends on a
	 * single request.
	 * @param sessionId the session's id
	 * @param timeout how long to wait at most, more than zero
	 * @return the session, which has a url
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the timeout is not positive
	 * @throws ComfyDeployApiException.NotFound if the session is gone, which is how a
	 * failed start shows
	 * @throws SessionNotReadyException if the timeout has passed, or is too short to
	 * repeat a poll that failed, which is the cause then; the last poll is at the end of
	 * the timeout and has at most a poll interval
	 * @throws ComfyDeployException if a poll fails otherwise, or the thread is
	 * interrupted
	 * @see #get(String)
	 */
	Session awaitReady(String sessionId, Duration timeout);

	/**
	 * Read the log of a session, from its start and as it comes.
	 * @param sessionId the session's id
	 * @return the log, which the caller must close
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if there has never been such a session
	 * @throws ComfyDeployException if the call fails otherwise
	 * @throws UnsupportedOperationException if an implementation of the application's own
	 * does not have it
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /v2/stream-logs?session_id=</a>
	 */
	default SessionLog streamLog(String sessionId) {
		throw new UnsupportedOperationException("This SessionOperations cannot stream logs");
	}

	/**
	 * Return a view of these operations whose calls are made with some options. It is
	 * cheap, immutable, and starts from the options of the view that it is made from.
	 * @param options the options
	 * @return the view
	 */
	SessionOperations with(CallOptions options);

}
