package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The sessions that the server keeps, and what can be done with them.
 */
final class FakeSessions {

	private static final int DEFAULT_TIMEOUT = 15;

	private static final int MAX_SESSIONS_PER_MACHINE = 5;

	private static final int FREE_MINUTES = 30;

	/** The most that a request to wait for a start or a shutdown is kept waiting. */
	private static final Duration MAX_STARTUP = Duration.ofMinutes(10);

	private static final Duration MAX_SHUTDOWN = Duration.ofSeconds(30);

	private final FakeClock clock;

	private final Duration startup;

	private final Duration spawn;

	private final Duration shutdown;

	private final Set<String> machines;

	private final boolean freePlan;

	private final Map<String, FakeSession> sessions = Collections.synchronizedMap(new LinkedHashMap<>());

	FakeSessions(FakeClock clock, Duration startup, Duration spawn, Duration shutdown, Set<String> machines,
			boolean freePlan) {
		this.clock = clock;
		this.startup = startup;
		this.spawn = spawn;
		this.shutdown = shutdown;
		this.machines = machines;
		this.freePlan = freePlan;
	}

	void clear() {
		this.sessions.clear();
	}

	synchronized FakeSession create(String machineId, @Nullable String gpu, @Nullable Long timeout) {
		if (this.freePlan && timeout != null && timeout > FREE_MINUTES) {
			throw new ApiError(400, "Free plan users are limited to 30 minutes timeout");
		}
		if (this.freePlan && !open(null).isEmpty()) {
			throw new ApiError(400, "Free plan does not support concurrent sessions");
		}
		checkMachine(machineId);
		if (open(machineId).size() >= MAX_SESSIONS_PER_MACHINE) {
			throw new ApiError(400, "You have reached the maximum number of concurrent sessions."
					+ " Please close some sessions and try again.");
		}
		int minutes = (timeout != null && timeout != 0) ? toInt(timeout) : DEFAULT_TIMEOUT;
		FakeSession session = new FakeSession(machineId.toLowerCase(Locale.ROOT), (gpu != null) ? gpu : "A10G", minutes,
				this.clock.now(), this.spawn, this.startup);
		this.sessions.put(session.id(), session);
		return session;
	}

	String awaitUrl(FakeSession session) throws InterruptedException {
		this.clock.await(() -> session.url(this.clock.now()) != null || session.isGone(this.clock.now()), MAX_STARTUP);
		String url = session.url(this.clock.now());
		if (url == null) {
			throw new ApiError(500, "Session creation failed");
		}
		return url;
	}

	Map<String, @Nullable Object> get(String id) {
		return find(id, "GPUEvent not found").toJson(this.clock.now());
	}

	List<Map<String, @Nullable Object>> list(@Nullable String machineId) {
		if (machineId != null) {
			checkUuid(machineId);
		}
		List<Map<String, @Nullable Object>> list = new ArrayList<>();
		open(machineId).forEach((session) -> list.add(0, session.toJson(this.clock.now())));
		return list;
	}

	void addToTimeout(String machineId, String id, long minutes) {
		FakeSession session = find(id, "GPU event not found");
		checkUuid(machineId);
		if (!isMachine(machineId)) {
			throw ApiError.internal();
		}
		session.addToTimeout(toInt(minutes));
	}

	void moveDeadline(String id, long minutes) {
		FakeSession session = find(id, "GPU event not found");
		if (session.isClosing()) {
			throw new ApiError(404, "Timeout end not found for session");
		}
		session.moveDeadline(toInt(minutes));
	}

	void cancel(String id, boolean waitForShutdown) throws InterruptedException {
		FakeSession session = find(id, "GPUEvent not found session_id: " + id + ", the event might be already closed");
		Instant now = this.clock.now();
		if (!session.hasContainer(now)) {
			session.close(now);
			throw new ApiError(400, "Modal function id not found");
		}
		session.close(now.plus(this.shutdown));
		if (waitForShutdown) {
			this.clock.await(() -> session.isGone(this.clock.now()), MAX_SHUTDOWN);
		}
	}

	private FakeSession find(String id, String otherwise) {
		FakeSession session = this.sessions.get(id);
		if (session == null || session.isGone(this.clock.now())) {
			throw new ApiError(404, otherwise);
		}
		return session;
	}

	private List<FakeSession> open(@Nullable String machineId) {
		Instant now = this.clock.now();
		synchronized (this.sessions) {
			return this.sessions.values()
				.stream()
				.filter((session) -> !session.isClosing() && !session.isGone(now))
				.filter((session) -> machineId == null || machineId.equalsIgnoreCase(session.machineId()))
				.toList();
		}
	}

	private void checkMachine(String machineId) {
		checkUuid(machineId);
		if (!isMachine(machineId)) {
			throw new ApiError(404, "Machine not found");
		}
	}

	private boolean isMachine(String machineId) {
		return this.machines.isEmpty() || this.machines.contains(machineId.toLowerCase(Locale.ROOT));
	}

	private static void checkUuid(String value) {
		if (!UuidText.isUsual(value)) {
			throw ApiError.internal();
		}
	}

	/** The database's integers have 32 bits, and nobody checks before. */
	private static int toInt(long value) {
		if (value != (int) value) {
			throw ApiError.internal();
		}
		return (int) value;
	}

}
