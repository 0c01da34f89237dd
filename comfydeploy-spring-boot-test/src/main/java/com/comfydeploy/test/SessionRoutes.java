package com.comfydeploy.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import org.jspecify.annotations.Nullable;

/**
 * The endpoints of the session API.
 */
final class SessionRoutes {

	private static final Map<String, String> INCREASED = Map.of("message", "Timeout increased successfully");

	private final FakeSessions sessions;

	/** In the server's order, which decides what a wrong method is told to use. */
	private final List<Route> routes = List.of(new Route("GET", "/session/*", this::get),
			new Route("GET", "/sessions", this::list),
			new Route("POST", "/session/increase-timeout", this::addToTimeout),
			new Route("POST", "/session/*/increase-timeout", this::moveDeadline),
			new Route("POST", "/session", this::create), new Route("DELETE", "/session/*", this::cancel));

	SessionRoutes(FakeSessions sessions) {
		this.sessions = sessions;
	}

	boolean isPath(String path) {
		return this.routes.stream().anyMatch((route) -> route.matches(path));
	}

	FakeResponse answer(FakeRequest request) throws InterruptedException {
		List<Route> matching = this.routes.stream().filter((route) -> route.matches(request.path())).toList();
		for (Route route : matching) {
			if (route.method().equals(request.method())) {
				return FakeResponse.json(200, route.handler().handle(request));
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
		FakeSession session = this.sessions.create(machineId, gpu, timeout);
		Map<String, @Nullable Object> answer = new LinkedHashMap<>();
		answer.put("session_id", session.id());
		answer.put("url", waitForServer ? this.sessions.awaitUrl(session) : null);
		return answer;
	}

	private Object get(FakeRequest request) {
		return this.sessions.get(sessionId(request));
	}

	private Object list(FakeRequest request) {
		String machineId = request.parameter("machine_id");
		return this.sessions.list((machineId != null && !machineId.isEmpty()) ? machineId : null);
	}

	private Object addToTimeout(FakeRequest request) {
		RequestBody body = RequestBody.of(request);
		String machineId = body.string("machine_id");
		String sessionId = body.uuid("session_id");
		long timeout = body.integer("timeout");
		body.string("gpu");
		body.check();
		this.sessions.addToTimeout(machineId, sessionId, timeout);
		return INCREASED;
	}

	private Object moveDeadline(FakeRequest request) {
		RequestBody body = RequestBody.of(request);
		long minutes = body.integer("minutes");
		body.check();
		this.sessions.moveDeadline(sessionId(request), minutes);
		return INCREASED;
	}

	private Object cancel(FakeRequest request) throws InterruptedException {
		RequestBody query = RequestBody.ofQuery(request, "wait_for_shutdown");
		boolean waitForShutdown = query.bool("wait_for_shutdown");
		query.check();
		this.sessions.cancel(sessionId(request), waitForShutdown);
		return Map.of("success", true);
	}

	private static String sessionId(FakeRequest request) {
		return request.path().split("/")[2];
	}

	/**
	 * An endpoint.
	 *
	 * @param method the HTTP method
	 * @param path the path, in which {@code *} is any segment
	 * @param handler what answers it
	 */
	private record Route(String method, String path, Handler handler) {

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
