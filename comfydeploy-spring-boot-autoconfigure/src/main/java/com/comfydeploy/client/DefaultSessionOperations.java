package com.comfydeploy.client;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.Wire.CancelBody;
import com.comfydeploy.client.Wire.CreateSessionBody;
import com.comfydeploy.client.Wire.CreatedSessionBody;
import com.comfydeploy.client.Wire.IncreaseTimeoutBody;
import com.comfydeploy.client.Wire.SessionBody;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * {@link SessionOperations} that knows what each operation sends and how its answer
 * reads.
 */
final class DefaultSessionOperations implements SessionOperations, DisposableBean {

	/** How long the server waits for the shutdown of a session that is cancelled. */
	private static final Duration SHUTDOWN = Duration.ofSeconds(30);

	private final SessionCaller caller;

	private final JsonCodec json;

	private final Timeouts timeouts;

	private final RetrySettings retry;

	private final Runnable close;

	DefaultSessionOperations(SessionCaller caller, JsonCodec json, Timeouts timeouts, RetrySettings retry,
			Runnable close) {
		this.caller = caller;
		this.json = json;
		this.timeouts = timeouts;
		this.retry = retry;
		this.close = close;
	}

	@Override
	public Session get(String sessionId) {
		return call(Operation.GET, "/session/{session_id}", List.of(id("sessionId", sessionId)), null,
				this.timeouts.read(), (reply) -> read(reply, SessionBody.class).toSession());
	}

	@Override
	public List<Session> list() {
		return list("/sessions", List.of());
	}

	@Override
	public List<Session> list(String machineId) {
		return list("/sessions?machine_id={machine_id}", List.of(id("machineId", machineId)));
	}

	private List<Session> list(String uriTemplate, List<String> uriVariables) {
		return call(Operation.LIST, uriTemplate, uriVariables, null, this.timeouts.read(),
				(reply) -> Arrays.stream(read(reply, SessionBody[].class)).map(SessionBody::toSession).toList());
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		notNull("request", request);
		return call(Operation.CREATE, "/session", List.of(), CreateSessionBody.of(request),
				request.waitForServer() ? this.timeouts.waitForServer() : this.timeouts.read(),
				(reply) -> read(reply, CreatedSessionBody.class).toCreatedSession());
	}

	@Override
	public void increaseTimeout(IncreaseTimeoutRequest request) {
		notNull("request", request);
		call(Operation.INCREASE_TIMEOUT, "/session/increase-timeout", List.of(), IncreaseTimeoutBody.of(request),
				this.timeouts.read(), (reply) -> true);
	}

	@Override
	public boolean cancel(String sessionId) {
		return cancel("/session/{session_id}", sessionId, this.timeouts.read());
	}

	@Override
	public boolean cancel(String sessionId, boolean waitForShutdown) {
		return waitForShutdown
				? cancel("/session/{session_id}?wait_for_shutdown=true", sessionId, this.timeouts.read().plus(SHUTDOWN))
				: cancel(sessionId);
	}

	private boolean cancel(String uriTemplate, String sessionId, Duration readTimeout) {
		return call(Operation.CANCEL, uriTemplate, List.of(id("sessionId", sessionId)), null, readTimeout,
				(reply) -> !isFailure(reply));
	}

	/** Only a plain no is a no: the server may say anything else with its success. */
	private boolean isFailure(SessionReply reply) {
		try {
			return Boolean.FALSE.equals(read(reply, CancelBody.class).success());
		}
		catch (UnreadableJsonException ex) {
			return false;
		}
	}

	private <T> T call(Operation operation, String uriTemplate, List<String> uriVariables, @Nullable Object body,
			Duration readTimeout, Function<SessionReply, T> reader) {
		return this.caller.call(new SessionRequest(operation, uriTemplate, uriVariables,
				(body != null) ? this.json.write(body) : null, readTimeout), this.retry, reader);
	}

	private <T> T read(SessionReply reply, Class<T> type) {
		if (reply.isCut()) {
			throw new UnreadableJsonException("it is larger than " + SessionReply.MAX_BODY + " bytes");
		}
		T value = (reply.body().length > 0) ? this.json.read(reply.json(), type) : null;
		if (value == null) {
			throw new UnreadableJsonException("it is empty");
		}
		return value;
	}

	@Override
	public void destroy() {
		this.close.run();
	}

	private static String id(String name, @Nullable String value) {
		if (value == null || value.isBlank() || value.equals(".") || value.equals("..")) {
			throw new IllegalArgumentException(name + " must be an id, but is '" + value + "'");
		}
		return value;
	}

	private static void notNull(String name, @Nullable Object value) {
		if (value == null) {
			throw new IllegalArgumentException(name + " must not be null");
		}
	}

	/**
	 * How long one attempt may take, headers and body.
	 *
	 * @param read of most operations
	 * @param waitForServer of a creation that waits for the server
	 */
	record Timeouts(Duration read, Duration waitForServer) {

	}

}
