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
 * Operations on ComfyDeploy sessions. Implementations must be thread-safe.
 * <p>
 * An invalid argument causes an {@link IllegalArgumentException} before a request is
 * sent. Every other failure is a {@link ComfyDeployException}:
 * {@link HttpValidationException} (422), {@link ComfyDeployApiException} (any other
 * response that is not a success), {@link ComfyDeployTransportException} (no usable
 * response) or {@link UnreadableResponseException} (a success with an invalid body). The
 * client throws the exception only if it does not retry the attempt: because the failure
 * is permanent, because a retry could repeat an operation that costs money, or because
 * all attempts have failed.
 *
 * @see ComfyDeployException#isOutcomeUnknown()
 */
public interface SessionOperations {

	/**
	 * Get a session.
	 * @param sessionId the session's id
	 * @return the session
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-session">GET
	 * /session/{session_id}</a>
	 */
	Session get(String sessionId);

	/**
	 * Find a session. Unlike {@link #get(String)}, this method does not fail if the
	 * session does not exist, and the meters do not count a failure.
	 * @param sessionId the session's id
	 * @return the session, or empty if the API responds that the session does not exist
	 * or has ended
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the 404 does not show that the session
	 * has ended: a gateway sent it, or the path is wrong
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-session">GET
	 * /session/{session_id}</a>
	 */
	Optional<Session> find(String sessionId);

	/**
	 * List the sessions of the organization, or of the user if there is no organization.
	 * The list omits sessions that are closing, and sessions whose deadline the server
	 * cannot read. These sessions may still cost money: a session may be running even if
	 * the list is empty.
	 * @return an immutable list, possibly empty
	 * @throws ComfyDeployException if the call fails
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-machine-sessions">GET
	 * /sessions</a>
	 */
	List<Session> list();

	/**
	 * List the sessions of a machine. The list omits sessions that are closing, and
	 * sessions whose deadline the server cannot read. A session may therefore be running
	 * even if the list is empty.
	 * @param machineId the machine's id
	 * @return an immutable list, empty if the machine does not exist
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployException if the call fails
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/get-machine-sessions">GET
	 * /sessions?machine_id=</a>
	 */
	List<Session> list(String machineId);

	/**
	 * Create a session. The session costs money from its creation. By default, the client
	 * does not repeat the request if the server may have processed it.
	 * @param request the request
	 * @return the id of the new session, and its URL if {@code waitForServer} was set
	 * @throws ComfyDeployException if the call fails;
	 * {@link ComfyDeployException#isOutcomeUnknown()} returns whether a session may be
	 * running although the call failed
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/create-session">POST
	 * /session</a>
	 */
	CreatedSession create(CreateSessionRequest request);

	/**
	 * Create a session without an existing machine. The session costs money from its
	 * creation. By default, the client does not repeat the request if the server may have
	 * processed it.
	 * @param request the request
	 * @return the id of the new session, and its URL if {@code waitForServer} was set and
	 * the start succeeded
	 * @throws ComfyDeployException if the call fails;
	 * {@link ComfyDeployException#isOutcomeUnknown()} returns whether a session may be
	 * running although the call failed
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/dynamic</a>
	 */
	CreatedSession createDynamic(CreateDynamicSessionRequest request);

	/**
	 * Call the original API to increase the timeout of a session. This changes
	 * {@link Session#timeout()}, but not the deadline {@link Session#timeoutEnd()}: use
	 * {@link #increaseTimeout(String, Duration)} to extend the deadline. By default, the
	 * client does not repeat the request if the server may have processed it.
	 * @param request the session and the extension
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/increase-timeout">POST
	 * /session/increase-timeout</a>
	 */
	void increaseTimeout(IncreaseTimeoutRequest request);

	/**
	 * Extend the deadline of a session, {@link Session#timeoutEnd()}. This keeps the
	 * session running. By default, the client does not repeat the request if the server
	 * may have processed it.
	 * @param sessionId the session's id
	 * @param extension the duration to add, a positive whole number of minutes
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the extension is not a positive whole number of minutes that fits in 32 bits
	 * @throws ComfyDeployApiException.NotFound if the session does not exist, is closing,
	 * or has no deadline on the server; {@link #find(String)} shows whether it exists
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/increase-timeout</a>
	 */
	void increaseTimeout(String sessionId, Duration extension);

	/**
	 * Save the state of a session as a new version of its machine. By default, the client
	 * does not repeat the request if the server may have processed it.
	 * @param sessionId the session's id
	 * @return the new version
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/snapshot</a>
	 */
	SessionSnapshot snapshot(String sessionId);

	/**
	 * Save the state of a session as a new version of the named machine. Use this method
	 * for a session that was created without a machine. By default, the client does not
	 * repeat the request if the server may have processed it.
	 * @param sessionId the session's id
	 * @param machineName the name of the machine
	 * @return the new version
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the name is blank
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">POST
	 * /session/{session_id}/snapshot</a>
	 */
	SessionSnapshot snapshot(String sessionId, String machineName);

	/**
	 * Cancel a session without waiting for the end of its shutdown. {@link #get(String)}
	 * still returns the session until its shutdown has ended. The result {@code true}
	 * does not prove that the session ends, because the server also reports success if it
	 * could not reach the container. A session has ended only when {@link #find(String)}
	 * no longer finds it.
	 * @param sessionId the session's id
	 * @return {@code true} if the server reports success, or if it responds to a retry
	 * that the session no longer exists; {@code false} if it reports a failure. It
	 * reports a failure with status 400 and {@code Modal function id not found} while the
	 * session has no container yet. After this 400, {@link #get(String)} no longer finds
	 * the session, but its container can still start. No call can stop such a container:
	 * it runs for up to 24 hours
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/delete-session">DELETE
	 * /session/{session_id}</a>
	 */
	boolean cancel(String sessionId);

	/**
	 * Cancel a session, and optionally wait for the end of its shutdown.
	 * @param sessionId the session's id
	 * @param waitForShutdown whether the server waits up to 30 seconds for the end of the
	 * shutdown before it responds
	 * @return {@code true} if the server reports success, or if it responds to a retry
	 * that the session no longer exists; {@code false} if it reports a failure. It
	 * reports a failure with status 400 and {@code Modal function id not found} while the
	 * session has no container yet. After this 400, {@link #get(String)} no longer finds
	 * the session, but its container can still start. No call can stop such a container:
	 * it runs for up to 24 hours
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the session does not exist or has ended
	 * @throws ComfyDeployException if the call fails otherwise
	 * @see <a href=
	 * "https://www.comfydeploy.com/docs/api-reference/session/delete-session">DELETE
	 * /session/{session_id}?wait_for_shutdown=</a>
	 */
	boolean cancel(String sessionId, boolean waitForShutdown);

	/**
	 * Poll a session until it is ready. Prefer this method to {@code waitForServer}: the
	 * id of the session is already known, and the result does not depend on a single long
	 * request.
	 * @param sessionId the session's id
	 * @param timeout the maximum time to wait, more than zero
	 * @return the session, which has a URL
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}, or
	 * the timeout is not positive
	 * @throws ComfyDeployApiException.NotFound if the session has ended or has failed to
	 * start
	 * @throws SessionNotReadyException if the timeout has elapsed, or if the remaining
	 * time is too short to retry a failed poll. In the second case, the failure of the
	 * poll is the cause. The last poll starts at the end of the timeout, and takes at
	 * most one poll interval
	 * @throws ComfyDeployException if a poll fails otherwise, or the thread is
	 * interrupted
	 * @see #get(String)
	 */
	Session awaitReady(String sessionId, Duration timeout);

	/**
	 * Read the log of a session from its start, and follow it.
	 * @param sessionId the session's id
	 * @return the log, which the caller must close
	 * @throws IllegalArgumentException if the id is blank, {@code .} or {@code ..}
	 * @throws ComfyDeployApiException.NotFound if the session has never existed
	 * @throws ComfyDeployException if the call fails otherwise
	 * @throws UnsupportedOperationException if a custom implementation does not support
	 * it
	 * @see <a href="https://www.comfydeploy.com/docs/api-reference">GET
	 * /v2/stream-logs?session_id=</a>
	 */
	default SessionLog streamLog(String sessionId) {
		throw new UnsupportedOperationException("This SessionOperations cannot stream logs");
	}

	/**
	 * Return a view of these operations that applies options to its calls. A view is
	 * cheap and immutable. An option that is not set has the value of this object.
	 * @param options the options
	 * @return the view
	 */
	SessionOperations with(CallOptions options);

}
