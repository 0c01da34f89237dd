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
import org.springframework.util.Assert;

import com.comfydeploy.client.SessionJson.CancelResponse;
import com.comfydeploy.client.SessionJson.CreateDynamicSessionWireRequest;
import com.comfydeploy.client.SessionJson.CreateSessionResponse;
import com.comfydeploy.client.SessionJson.CreateSessionWireRequest;
import com.comfydeploy.client.SessionJson.ErrorDetailResponse;
import com.comfydeploy.client.SessionJson.ExtendTimeoutWireRequest;
import com.comfydeploy.client.SessionJson.IncreaseTimeoutWireRequest;
import com.comfydeploy.client.SessionJson.LogEvent;
import com.comfydeploy.client.SessionJson.SessionDetailsResponse;
import com.comfydeploy.client.SessionJson.SnapshotResponse;
import com.comfydeploy.client.SessionJson.SnapshotWireRequest;
import com.comfydeploy.error.ApiErrorResponse;
import com.comfydeploy.internal.Arguments;
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
 * {@link SessionOperations} that defines the request and the response of each operation.
 */
class DefaultSessionOperations implements SessionOperations {

	private static final String SESSION = "/session/{session_id}";

	private static final Log logger = LogFactory.getLog(DefaultSessionOperations.class);

	/** FastAPI's own detail of a 404 for a path that it does not have. */
	private static final String NO_ROUTE = "Not Found";

	/** The detail of the 400 when a cancelled session has no container. */
	private static final String NO_CONTAINER = "Modal function id not found";

	/** Time that the server waits for the shutdown of a cancelled session. */
	private static final Duration SHUTDOWN = Duration.ofSeconds(30);

	private final CallExecutor executor;

	private final ReadinessPoller poller;

	private final JsonCodec json;

	private final CallSettings settings;

	DefaultSessionOperations(CallExecutor executor, ReadinessPoller poller, JsonCodec json, CallSettings settings) {
		this.executor = executor;
		this.poller = poller;
		this.json = json;
		this.settings = settings;
	}

	@Override
	public Session get(String sessionId) {
		return call(request(Operation.GET, SESSION, sessionId(sessionId)), this::readSession);
	}

	@Override
	public Optional<Session> find(String sessionId) {
		return this.executor.call(request(Operation.GET, SESSION, sessionId(sessionId)), this.settings,
				(response) -> Optional.of(readSession(response)),
				(call, error) -> isGone(error) ? Optional.empty() : null);
	}

	private Session readSession(SessionResponse response) {
		return read(response, SessionDetailsResponse.class).toSession();
	}

	/**
	 * Return whether the API itself responds that the session does not exist. A 404 of a
	 * gateway has no detail, and a 404 for a wrong path has only FastAPI's default.
	 */
	private boolean isGone(ApiErrorResponse error) {
		if (error.statusCode() != 404) {
			return false;
		}
		String detail = detail(error);
		return detail != null && !detail.isBlank() && !detail.equals(NO_ROUTE);
	}

	private boolean hasNoContainer(ApiErrorResponse error) {
		return error.statusCode() == 400 && NO_CONTAINER.equals(detail(error));
	}

	/** Return FastAPI's detail, or {@code null} if it is not text. */
	private @Nullable String detail(ApiErrorResponse error) {
		try {
			ErrorDetailResponse json = this.json.read(error.body().getBytes(StandardCharsets.UTF_8),
					ErrorDetailResponse.class);
			return (json != null && json.detail() instanceof String text) ? text : null;
		}
		catch (RuntimeException ex) {
			return null; // A gateway may respond with any body
		}
	}

	@Override
	public List<Session> list() {
		return list(request(Operation.LIST, "/sessions"));
	}

	@Override
	public List<Session> list(String machineId) {
		return list(request(Operation.LIST, "/sessions?machine_id={machine_id}",
				Arguments.requireId("machineId", machineId)));
	}

	private List<Session> list(SessionRequest request) {
		return call(request,
				(response) -> Arrays.stream(read(response, SessionDetailsResponse[].class))
					.map(SessionDetailsResponse::toSession)
					.toList());
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		Assert.notNull(request, "request must not be null");
		return create(request(Operation.CREATE, "/session").withBody(json(CreateSessionWireRequest.of(request))),
				request.waitForServer());
	}

	@Override
	public CreatedSession createDynamic(CreateDynamicSessionRequest request) {
		Assert.notNull(request, "request must not be null");
		return create(request(Operation.CREATE_DYNAMIC, "/session/dynamic")
			.withBody(json(CreateDynamicSessionWireRequest.of(request))), request.waitForServer());
	}

	private CreatedSession create(SessionRequest request, boolean waitForServer) {
		return call(waitForServer ? request.withTimeout(this.settings.waitTimeout()) : request,
				(response) -> read(response, CreateSessionResponse.class).toCreatedSession());
	}

	@Override
	public void increaseTimeout(IncreaseTimeoutRequest request) {
		Assert.notNull(request, "request must not be null");
		call(request(Operation.INCREASE_TIMEOUT, "/session/increase-timeout").withSessionId(request.sessionId())
			.withBody(json(IncreaseTimeoutWireRequest.of(request))), (response) -> true);
	}

	@Override
	public void increaseTimeout(String sessionId, Duration extension) {
		call(request(Operation.INCREASE_TIMEOUT, SESSION + "/increase-timeout", sessionId(sessionId)).withBody(
				json(new ExtendTimeoutWireRequest(Arguments.requireWholeMinutes("extension", extension).toMinutes()))),
				(response) -> true);
	}

	@Override
	public SessionSnapshot snapshot(String sessionId) {
		return snapshot(request(Operation.SNAPSHOT, SESSION + "/snapshot", sessionId(sessionId)));
	}

	@Override
	public SessionSnapshot snapshot(String sessionId, String machineName) {
		Assert.hasText(machineName, "machineName must not be blank");
		return snapshot(request(Operation.SNAPSHOT, SESSION + "/snapshot", sessionId(sessionId))
			.withBody(json(new SnapshotWireRequest(machineName))));
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
					.withTimeout(this.settings.readTimeout().plus(SHUTDOWN)))
				: cancel(sessionId);
	}

	private boolean cancel(SessionRequest request) {
		return this.executor.call(request, this.settings, (response) -> !isFailure(response),
				(call, error) -> isCancelled(call, error));
	}

	/** A 404 is a success if an earlier attempt may have cancelled the session. */
	private @Nullable Boolean isCancelled(SessionCall call, ApiErrorResponse error) {
		if (hasNoContainer(error)) {
			logger.warn("Session " + call.sessionId() + " was cancelled before it had a container: "
					+ "the server has closed its record, but a container may still start, and no call can stop it. "
					+ "It then runs for up to 24 hours. MachineOperations.events(machineId) shows it: isRunaway() is true");
			return false;
		}
		return (isGone(error) && call.mayHaveBeenProcessed()) ? true : null;
	}

	/** The body of a success may be anything: only an explicit failure counts. */
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
		return this.poller.awaitReady(sessionId(sessionId), Arguments.requirePositive("timeout", timeout),
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
				// It was never used
			}
			throw new UnreadableJsonException("it is not " + MediaType.TEXT_EVENT_STREAM_VALUE);
		}
		return new ServerSentEvents(response.stream());
	}

	/** If an event is not JSON, or has no message, its text becomes the message. */
	private SessionLogEntry logEntry(String event) {
		try {
			LogEvent json = this.json.read(event.getBytes(StandardCharsets.UTF_8), LogEvent.class);
			if (json != null) {
				return json.toEntry(event);
			}
		}
		catch (RuntimeException ex) {
			// Not JSON
		}
		return new SessionLogEntry(event, SessionJson.INFO, null);
	}

	@Override
	public SessionOperations with(CallOptions options) {
		Assert.notNull(options, "options must not be null");
		return view(this.settings.with(options));
	}

	private SessionOperations view(CallSettings settings) {
		return new DefaultSessionOperations(this.executor, this.poller, this.json, settings);
	}

	private static String sessionId(@Nullable String value) {
		return Arguments.requireId("sessionId", value);
	}

	private SessionRequest request(Operation operation, String uriTemplate, String... uriVariables) {
		return SessionRequest.of(operation, uriTemplate, List.of(uriVariables), this.settings.readTimeout());
	}

	private <T> T call(SessionRequest request, Function<SessionResponse, T> reader) {
		return this.executor.call(request, this.settings, reader);
	}

	private byte[] json(Object body) {
		return this.json.write(body);
	}

	private <T> T read(SessionResponse response, Class<T> type) {
		return response.read(this.json, type);
	}

}
