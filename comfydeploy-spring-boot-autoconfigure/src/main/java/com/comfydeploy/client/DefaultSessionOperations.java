package com.comfydeploy.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

import org.springframework.http.MediaType;

import com.comfydeploy.client.SessionJson.CancelResponse;
import com.comfydeploy.client.SessionJson.CreateDynamicSessionWireRequest;
import com.comfydeploy.client.SessionJson.CreateSessionWireRequest;
import com.comfydeploy.client.SessionJson.CreateSessionResponse;
import com.comfydeploy.client.SessionJson.ErrorDetailResponse;
import com.comfydeploy.client.SessionJson.IncreaseTimeoutWireRequest;
import com.comfydeploy.client.SessionJson.LogEvent;
import com.comfydeploy.client.SessionJson.ExtendTimeoutWireRequest;
import com.comfydeploy.client.SessionJson.SessionDetailsResponse;
import com.comfydeploy.client.SessionJson.SnapshotResponse;
import com.comfydeploy.client.SessionJson.SnapshotWireRequest;
import com.comfydeploy.internal.json.JsonCodec;
import com.comfydeploy.internal.json.UnreadableJsonException;
import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.session.SessionSnapshot;

/**
 * {@link SessionOperations} that knows what each operation sends and how its answer
 * reads.
 */
class DefaultSessionOperations implements SessionOperations {

	private static final String SESSION = "/session/{session_id}";

	private static final Log logger = LogFactory.getLog(DefaultSessionOperations.class);

	/** FastAPI's own detail of a 404, which says nothing about a session. */
	private static final String NO_ROUTE = "Not Found";

	/** The detail of the 400 by which a cancel closes a session without a container. */
	private static final String NO_CONTAINER = "Modal function id not found";

	/** How long the server waits for the shutdown of a session that is cancelled. */
	private static final Duration SHUTDOWN = Duration.ofSeconds(30);

	private final CallExecutor caller;

	private final ReadinessPoller poller;

	private final JsonCodec json;

	private final CallSettings settings;

	DefaultSessionOperations(CallExecutor caller, ReadinessPoller poller, JsonCodec json, CallSettings settings) {
		this.caller = caller;
		this.poller = poller;
		this.json = json;
		this.settings = settings;
	}

	@Override
	public Session get(String sessionId) {
		return call(request(Operation.GET, SESSION, sessionId(sessionId)),
				(response) -> read(response, SessionDetailsResponse.class).toSession());
	}

	@Override
	public Optional<Session> find(String sessionId) {
		return this.caller.call(request(Operation.GET, SESSION, sessionId(sessionId)), this.settings,
				(call, response) -> isGone(response), (response) -> response.isSuccessful()
						? Optional.of(read(response, SessionDetailsResponse.class).toSession()) : Optional.empty());
	}

	/**
	 * Whether the API itself responds that there is no such session. A 404 of a gateway,
	 * of a deployment under way or to a wrong path has no detail of the API's own.
	 */
	private boolean isGone(SessionResponse response) {
		if (response.statusCode() != 404) {
			return false;
		}
		String detail = detail(response);
		return detail != null && !detail.isBlank() && !detail.equals(NO_ROUTE);
	}

	private boolean hasNoContainer(SessionResponse response) {
		return response.statusCode() == 400 && NO_CONTAINER.equals(detail(response));
	}

	/** FastAPI's detail where it is text. */
	private @Nullable String detail(SessionResponse response) {
		try {
			return (read(response, ErrorDetailResponse.class).detail() instanceof String text) ? text : null;
		}
		catch (RuntimeException ex) {
			return null; // a body of any kind, by whoever stands before the server
		}
	}

	@Override
	public List<Session> list() {
		return list(request(Operation.LIST, "/sessions"));
	}

	@Override
	public List<Session> list(String machineId) {
		return list(request(Operation.LIST, "/sessions?machine_id={machine_id}", Arguments.id("machineId", machineId)));
	}

	private List<Session> list(SessionRequest request) {
		return call(request,
				(response) -> Arrays.stream(read(response, SessionDetailsResponse[].class))
					.map(SessionDetailsResponse::toSession)
					.toList());
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		Arguments.notNull("request", request);
		return create(request(Operation.CREATE, "/session").withBody(json(CreateSessionWireRequest.of(request))),
				request.waitForServer());
	}

	@Override
	public CreatedSession createDynamic(CreateDynamicSessionRequest request) {
		Arguments.notNull("request", request);
		return create(request(Operation.CREATE_DYNAMIC, "/session/dynamic")
			.withBody(json(CreateDynamicSessionWireRequest.of(request))), request.waitForServer());
	}

	private CreatedSession create(SessionRequest request, boolean waitForServer) {
		return call(waitForServer ? request.withReadTimeout(this.settings.waitTimeout()) : request,
				(response) -> read(response, CreateSessionResponse.class).toCreatedSession());
	}

	@Override
	public void increaseTimeout(IncreaseTimeoutRequest request) {
		Arguments.notNull("request", request);
		call(request(Operation.INCREASE_TIMEOUT, "/session/increase-timeout").about(request.sessionId())
			.withBody(json(IncreaseTimeoutWireRequest.of(request))), (response) -> true);
	}

	@Override
	public void increaseTimeout(String sessionId, Duration extension) {
		call(request(Operation.INCREASE_TIMEOUT, SESSION + "/increase-timeout", sessionId(sessionId)).withBody(
				json(new ExtendTimeoutWireRequest(Arguments.minutes("extension", extension)))), (response) -> true);
	}

	@Override
	public SessionSnapshot snapshot(String sessionId) {
		return snapshot(request(Operation.SNAPSHOT, SESSION + "/snapshot", sessionId(sessionId)));
	}

	@Override
	public SessionSnapshot snapshot(String sessionId, String machineName) {
		return snapshot(request(Operation.SNAPSHOT, SESSION + "/snapshot", sessionId(sessionId))
			.withBody(json(new SnapshotWireRequest(Arguments.notBlank("machineName", machineName)))));
	}

	private SessionSnapshot snapshot(SessionRequest request) {
		return call(request, (response) -> read(response, SnapshotResponse.class).toSnapshot());
	}

	@Override
	public boolean cancel(String sessionId) {
		return cancel(request(Operation.CANCEL, SESSION, sessionId(sessionId)));
	}

	@Override
	public boolean cancel(String sessionId, boolean waitForShutdown) {
		return waitForShutdown
				? cancel(request(Operation.CANCEL, SESSION + "?wait_for_shutdown=true", sessionId(sessionId))
					.withReadTimeout(this.settings.readTimeout().plus(SHUTDOWN)))
				: cancel(sessionId);
	}

	/** A 404 is a success where an attempt before may have closed the session. */
	private boolean cancel(SessionRequest request) {
		return this.caller.call(request, this.settings,
				(call, response) -> (isGone(response) && call.mayHaveBeenProcessed()) || hasNoContainer(response),
				(response) -> isCancelled(request, response));
	}

	private boolean isCancelled(SessionRequest request, SessionResponse response) {
		if (hasNoContainer(response)) {
			logger.warn("Session " + request.uriVariables().get(0) + " was cancelled before it had a container: "
					+ "the server has closed its record, but a container may still start, and no call can stop it. "
					+ "It then runs up to 24 hours, and GET /machine/{machine_id}/events shows it with an end time "
					+ "before its start time");
			return false;
		}
		return !response.isSuccessful() || !isFailure(response);
	}

	/** Only a plain no is a no: the server may say anything else with its success. */
	private boolean isFailure(SessionResponse response) {
		try {
			return Boolean.FALSE.equals(read(response, CancelResponse.class).success());
		}
		catch (UnreadableJsonException ex) {
			return false;
		}
	}

	@Override
	public Session awaitReady(String sessionId, Duration timeout) {
		return this.poller.await(sessionId(sessionId), Arguments.positive("timeout", timeout),
				(deadline) -> view(this.settings.within(deadline)).get(sessionId));
	}

	@Override
	public SessionLog streamLog(String sessionId) {
		return streamLog(sessionId(sessionId), 0);
	}

	private SessionLog streamLog(String sessionId, long entriesToSkip) {
		return call(request(Operation.STREAM_LOG, "/v2/stream-logs?session_id={session_id}", sessionId),
				(response) -> new StreamedSessionLog(events(response), this::logEntry, entriesToSkip,
						(entriesRead) -> streamLog(sessionId, entriesRead)));
	}

	private static ServerSentEvents events(SessionResponse response) {
		if (!response.isEventStream()) {
			try {
				response.stream().close();
			}
			catch (IOException ex) {
				// it is not read anyway
			}
			throw new UnreadableJsonException("it is no " + MediaType.TEXT_EVENT_STREAM_VALUE);
		}
		return new ServerSentEvents(response.stream());
	}

	/** An event that is no JSON, or has no message, is an entry as it came. */
	private SessionLogEntry logEntry(String event) {
		try {
			LogEvent json = this.json.read(event.getBytes(StandardCharsets.UTF_8), LogEvent.class);
			if (json != null) {
				return json.toEntry(event);
			}
		}
		catch (RuntimeException ex) {
			// as it came, then
		}
		return new SessionLogEntry(event, SessionJson.INFO, null);
	}

	@Override
	public SessionOperations with(CallOptions options) {
		Arguments.notNull("options", options);
		return view(this.settings.with(options));
	}

	private SessionOperations view(CallSettings settings) {
		return new DefaultSessionOperations(this.caller, this.poller, this.json, settings);
	}

	private static String sessionId(@Nullable String value) {
		return Arguments.id("sessionId", value);
	}

	private SessionRequest request(Operation operation, String uriTemplate, String... uriVariables) {
		return SessionRequest.of(operation, uriTemplate, List.of(uriVariables), this.settings.readTimeout());
	}

	private <T> T call(SessionRequest request, Function<SessionResponse, T> reader) {
		return this.caller.call(request, this.settings, reader);
	}

	private byte[] json(Object body) {
		return this.json.write(body);
	}

	private <T> T read(SessionResponse response, Class<T> type) {
		return response.read(this.json, type);
	}

}
