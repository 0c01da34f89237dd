package com.comfydeploy.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * Endpoints of the session API.
 */
final class SessionRoutes {

	private static final Map<String, String> INCREASED = Map.of("message", "Timeout increased successfully");

	private static final String GET = "get";

	private static final String LIST = "list";

	private static final String CREATE = "create";

	private static final String CREATE_DYNAMIC = "create-dynamic";

	private static final String INCREASE_TIMEOUT = "increase-timeout";

	private static final String SNAPSHOT = "snapshot";

	private static final String CANCEL = "cancel";

	private static final String STREAM_LOG = "stream-log";

	private static final String MACHINE_LIST = "machine-list";

	private static final String MACHINE_GET = "machine-get";

	private static final String MACHINE_EVENTS = "machine-events";

	private static final String MACHINE_PRICES = "machine-prices";

	private static final String PRICES_PATH = "/platform/gpu-pricing";

	private static final long DEFAULT_LIMIT = 100;

	/** Names of the operations, as the client has them. */
	static final List<String> OPERATIONS = List.of(GET, LIST, CREATE, CREATE_DYNAMIC, INCREASE_TIMEOUT, SNAPSHOT,
			CANCEL, STREAM_LOG, MACHINE_LIST, MACHINE_GET, MACHINE_EVENTS, MACHINE_PRICES);

	private final FakeSessions sessions;

	private final FakeMachines machines;

	private final boolean machineKey;

	/**
	 * Routes in the server's order, which decides the method in the {@code Allow} header.
	 */
	private final List<Route> routes = List.of(new Route(GET, "GET", "/session/*", this::get),
			new Route(LIST, "GET", "/sessions", this::list),
			new Route(INCREASE_TIMEOUT, "POST", "/session/increase-timeout", this::addToTimeout),
			new Route(INCREASE_TIMEOUT, "POST", "/session/*/increase-timeout", this::moveDeadline),
			new Route(CREATE, "POST", "/session", this::create),
			new Route(CREATE_DYNAMIC, "POST", "/session/dynamic", this::createDynamic),
			new Route(CANCEL, "DELETE", "/session/*", this::cancel),
			new Route(SNAPSHOT, "POST", "/session/*/snapshot", this::snapshot),
			new Route(STREAM_LOG, "GET", "/v2/stream-logs", this::streamLog),
			new Route(MACHINE_LIST, "GET", "/machines", this::machines),
			new Route(MACHINE_LIST, "GET", "/machines/all", this::allMachines),
			new Route(MACHINE_GET, "GET", "/machine/*", this::machine),
			new Route(MACHINE_EVENTS, "GET", "/machine/*/events", this::events),
			new Route(MACHINE_PRICES, "GET", PRICES_PATH,
					(request) -> FakeResponse.empty(200, Map.of()).withBody("application/json", FakeMachines.PRICES)));

	/**
	 * Create the routes.
	 * @param machineKey whether the token is the key of a machine, which gives no access
	 * to machines
	 */
	SessionRoutes(FakeSessions sessions, FakeMachines machines, boolean machineKey) {
		this.sessions = sessions;
		this.machines = machines;
		this.machineKey = machineKey;
	}

	/**
	 * Return whether a path needs no token.
	 */
	static boolean isOpen(String path) {
		return path.equals(PRICES_PATH);
	}

	boolean isPath(String path) {
		return this.routes.stream().anyMatch((route) -> route.matches(path));
	}

	/**
	 * Return the name of the operation, or {@code null} if the request is not an
	 * operation.
	 */
	@Nullable String operation(String method, String path) {
		return this.routes.stream()
			.filter((route) -> route.method().equals(method) && route.matches(path))
			.map(Route::operation)
			.findFirst()
			.orElse(null);
	}

	FakeResponse respond(FakeRequest request) throws InterruptedException {
		List<Route> matching = this.routes.stream().filter((route) -> route.matches(request.path())).toList();
		for (Route route : matching) {
			if (route.method().equals(request.method())) {
				Object result = route.handler().handle(request);
				return (result instanceof FakeResponse response) ? response : FakeResponse.json(200, result);
			}
		}
		if (matching.isEmpty()) {
			throw new ApiError(404, "Not Found");
		}
		return new ApiError(405, "Method Not Allowed").toResponse().withHeader("Allow", matching.get(0).method());
	}

	private Object create(FakeRequest request) throws InterruptedException {
		RequestBody body = RequestBody.of(request);
		String machineId = body.string("machine_id");
		String gpu = body.optionalGpu("gpu");
		Long timeout = body.optionalInteger("timeout");
		boolean waitForServer = body.bool("wait_for_server");
		body.check();
		FakeSession session = this.sessions.create(machineId, gpu, timeout, request.breakdown());
		return created(session, waitForServer ? this.sessions.awaitUrl(session) : null);
	}

	private Object createDynamic(FakeRequest request) throws InterruptedException {
		RequestBody body = RequestBody.of(request);
		String gpu = body.gpu("gpu");
		String machineId = body.optionalString("machine_id");
		String machineVersionId = body.optionalString("machine_version_id");
		Long timeout = body.optionalInteger("timeout");
		body.optionalHash("comfyui_hash");
		body.optionalDependencies("dependencies");
		boolean waitForServer = body.bool("wait_for_server");
		body.optionalString("base_docker_image");
		body.optionalString("python_version");
		body.check();
		FakeSession session = this.sessions.createDynamic(gpu, machineId, machineVersionId, timeout,
				request.breakdown());
		return created(session, waitForServer ? this.sessions.awaitUrlUnlessFailed(session) : null);
	}

	private static Object created(FakeSession session, @Nullable String url) {
		Map<String, @Nullable Object> response = new LinkedHashMap<>();
		response.put("session_id", session.id());
		response.put("url", url);
		return response;
	}

	private Object get(FakeRequest request) {
		return this.sessions.get(sessionId(request), request.breakdown());
	}

	private Object list(FakeRequest request) {
		String machineId = request.parameter("machine_id");
		return this.sessions.list((machineId != null && !machineId.isEmpty()) ? machineId : null, request.breakdown());
	}

	private Object addToTimeout(FakeRequest request) {
		RequestBody body = RequestBody.of(request);
		String machineId = body.string("machine_id");
		String sessionId = body.uuid("session_id");
		long timeout = body.integer("timeout");
		body.string("gpu");
		body.check();
		this.sessions.addToTimeout(machineId, sessionId, timeout, request.breakdown());
		return INCREASED;
	}

	private Object moveDeadline(FakeRequest request) {
		RequestBody body = RequestBody.of(request);
		long minutes = body.integer("minutes");
		body.check();
		this.sessions.moveDeadline(sessionId(request), minutes, request.breakdown());
		return INCREASED;
	}

	private Object cancel(FakeRequest request) throws InterruptedException {
		RequestBody query = RequestBody.ofQuery(request, "wait_for_shutdown");
		boolean waitForShutdown = query.bool("wait_for_shutdown");
		query.check();
		this.sessions.cancel(sessionId(request), waitForShutdown, request.breakdown());
		return Map.of("success", true);
	}

	private Object snapshot(FakeRequest request) {
		RequestBody body = RequestBody.ofOptional(request);
		String machineName = body.optionalString("machine_name");
		body.check();
		return this.sessions.snapshot(sessionId(request), machineName);
	}

	private Object streamLog(FakeRequest request) {
		SessionLogStream stream = this.sessions.log(request.parameter("session_id"), request.parameter("log_level"));
		return FakeResponse.events(stream);
	}

	private Object machines(FakeRequest request) {
		checkKey();
		RequestBody query = RequestBody.ofQuery(request, "limit", "offset", "is_deleted", "is_workspace", "is_docker",
				"is_self_hosted");
		Long limit = query.optionalInteger("limit");
		Long offset = query.optionalInteger("offset");
		Boolean deleted = query.optionalBool("is_deleted");
		boolean workspace = query.bool("is_workspace");
		boolean docker = query.bool("is_docker");
		boolean selfHosted = query.bool("is_self_hosted");
		query.check();
		return this.machines.list(new FakeMachines.Filter(search(request), deleted, workspace, docker, selfHosted),
				(limit != null) ? limit : DEFAULT_LIMIT, (offset != null) ? offset : 0);
	}

	/** List the machines. On this route a limit of zero means no limit. */
	private Object allMachines(FakeRequest request) {
		checkKey();
		RequestBody query = RequestBody.ofQuery(request, "limit");
		Long limit = query.optionalInteger("limit");
		query.check();
		return this.machines.list(new FakeMachines.Filter(search(request), false, null, false, false),
				(limit != null && limit != 0) ? limit : Integer.MAX_VALUE, 0);
	}

	private static @Nullable String search(FakeRequest request) {
		String search = request.parameter("search");
		return (search != null && !search.isEmpty()) ? search : null;
	}

	private Object machine(FakeRequest request) {
		checkKey();
		return this.machines.get(machineId(request));
	}

	private Object events(FakeRequest request) {
		checkKey();
		return this.sessions.events(machineId(request));
	}

	private void checkKey() {
		if (this.machineKey) {
			throw new ApiError(403, "Token does not have permission to access this endpoint");
		}
	}

	private static String machineId(FakeRequest request) {
		RequestBody path = RequestBody.ofPath("machine_id", request.path().split("/")[2]);
		String id = path.uuid("machine_id");
		path.check();
		return id;
	}

	private static String sessionId(FakeRequest request) {
		return request.path().split("/")[2];
	}

	/**
	 * Endpoint of the API.
	 *
	 * @param operation the name of the operation
	 * @param method the HTTP method
	 * @param path the path, in which {@code *} is any segment
	 * @param handler the code that responds
	 */
	private record Route(String operation, String method, String path, Handler handler) {

		boolean matches(String requestPath) {
			String[] expected = this.path.split("/");
			String[] actual = requestPath.split("/", -1);
			return expected.length == actual.length && IntStream.range(0, expected.length)
				.allMatch((i) -> expected[i].equals(actual[i]) || (expected[i].equals("*") && !actual[i].isEmpty()));
		}

	}

	@FunctionalInterface
	private interface Handler {

		Object handle(FakeRequest request) throws InterruptedException;

	}

}
