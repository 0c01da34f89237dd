package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Sessions of the server, and the operations on them.
 */
final class FakeSessions {

	private static final int DEFAULT_TIMEOUT = 15;

	private static final int MAX_SESSIONS_PER_MACHINE = 5;

	private static final int FREE_MINUTES = 30;

	/** Longest time for which a request waits for a start. */
	private static final Duration MAX_STARTUP = Duration.ofMinutes(10);

	private static final Duration MAX_SHUTDOWN = Duration.ofSeconds(30);

	private final FakeClock clock;

	private final FakeFaults faults;

	private final FakeStart start;

	private final Duration shutdown;

	private final FakeMachines machines;

	private final boolean freePlan;

	private final Function<String, String> urls;

	private final Map<String, FakeSession> sessions = Collections.synchronizedMap(new LinkedHashMap<>());

	/** Number of versions of each machine that snapshots created. */
	private final Map<String, Integer> versions = new LinkedHashMap<>();

	FakeSessions(FakeClock clock, FakeFaults faults, FakeStart start, Duration shutdown, FakeMachines machines,
			boolean freePlan, Function<String, String> urls) {
		this.clock = clock;
		this.faults = faults;
		this.start = start;
		this.shutdown = shutdown;
		this.machines = machines;
		this.freePlan = freePlan;
		this.urls = urls;
	}

	synchronized void clear() {
		this.sessions.clear();
		this.versions.clear();
		this.machines.clear();
	}

	synchronized FakeSession create(String machineId, @Nullable String gpu, @Nullable Long timeout,
			Breakdown breakdown) {
		if (this.freePlan && timeout != null && timeout > FREE_MINUTES) {
			throw new ApiError(400, "Free plan users are limited to 30 minutes timeout");
		}
		if (this.freePlan && !open(null).isEmpty()) {
			throw new ApiError(400, "Free plan does not support concurrent sessions");
		}
		checkUuid(machineId);
		String gpuOfMachine = this.machines.gpuForSession(machineId);
		if (open(machineId).size() >= MAX_SESSIONS_PER_MACHINE) {
			throw new ApiError(400, "You have reached the maximum number of concurrent sessions."
					+ " Please close some sessions and try again.");
		}
		FakeSession session = add(
				FakeSession.ofMachine(machineId.toLowerCase(Locale.ROOT), (gpu != null) ? gpu : gpuOfMachine,
						minutes(timeout), this.clock.now(), this.start.with(this.faults.nextStart("create"))));
		if (breakdown == Breakdown.DEADLINES) {
			session.forgetDeadline();
		}
		return session;
	}

	/**
	 * Create a dynamic session. The server's own handler reports the failures of this
	 * call. The deadline is set before there is a container: if that fails, the record
	 * stays open.
	 */
	synchronized FakeSession createDynamic(@Nullable String gpu, @Nullable String machineId,
			@Nullable String machineVersionId, @Nullable Long timeout, Breakdown breakdown) {
		if (this.freePlan) {
			throw new ApiError(403, "Free plan users cannot create sessions, we are mitigating abuse, please wait");
		}
		if (gpu == null) {
			throw new ApiError(500, "'str' object has no attribute 'value'");
		}
		if ((machineId != null && !this.machines.exists(machineId))
				|| (timeout != null && timeout != timeout.intValue())
				|| (machineVersionId != null && !RequestBody.isUuid(machineVersionId))) {
			throw new ApiError(500, "(sqlalchemy.dialects.postgresql.asyncpg.IntegrityError)");
		}
		boolean withoutDeadline = breakdown == Breakdown.DEADLINES;
		FakeStart start = withoutDeadline ? this.start.withoutContainer()
				: this.start.with(this.faults.nextStart("create-dynamic"));
		FakeSession session = add(FakeSession.dynamic((machineId != null) ? machineId.toLowerCase(Locale.ROOT) : null,
				machineVersionId, gpu, minutes(timeout), this.clock.now(), start));
		if (withoutDeadline) {
			session.forgetDeadline();
			throw new ApiError(500, "upstash unreachable");
		}
		return session;
	}

	private FakeSession add(FakeSession session) {
		session.reachableAt(this.urls.apply(session.id()));
		this.sessions.put(session.id(), session);
		return session;
	}

	/**
	 * Return whether the container of a session runs, with its ComfyUI.
	 */
	boolean isRunning(String id) {
		Instant now = this.clock.now();
		FakeSession session = this.sessions.get(id);
		return session != null && session.url(now) != null && session.container(now) != null;
	}

	String awaitUrl(FakeSession session) throws InterruptedException {
		String url = awaitUrlUnlessFailed(session);
		if (url == null) {
			throw new ApiError(500, "Session creation failed");
		}
		return url;
	}

	/**
	 * Wait for the start.
	 * @return the URL, or {@code null} if the start failed
	 */
	@Nullable String awaitUrlUnlessFailed(FakeSession session) throws InterruptedException {
		this.clock.await(() -> isStarted(session, this.clock.now()), MAX_STARTUP);
		return session.url(this.clock.now());
	}

	private static boolean isStarted(FakeSession session, Instant now) {
		return session.url(now) != null || session.hasFailed(now) || session.isGone(now);
	}

	Map<String, @Nullable Object> get(String id, Breakdown breakdown) {
		FakeSession session = find(id, "GPUEvent not found", breakdown);
		return session.toJson(this.clock.now(), breakdown != Breakdown.DEADLINES);
	}

	/**
	 * Return the sessions whose deadline can be read, the newest first.
	 */
	List<Map<String, @Nullable Object>> list(@Nullable String machineId, Breakdown breakdown) {
		if (machineId != null) {
			checkUuid(machineId);
		}
		Instant now = this.clock.now();
		List<Map<String, @Nullable Object>> list = new ArrayList<>();
		if (breakdown != Breakdown.DEADLINES) {
			ofMachine(machineId).filter((session) -> !session.isGone(now) && session.hasDeadline(now))
				.forEach((session) -> list.add(0, session.toJson(now, true)));
		}
		return list;
	}

	/**
	 * Return the GPU events of a machine, the newest first.
	 */
	List<Map<String, @Nullable Object>> events(String machineId) {
		Instant now = this.clock.now();
		List<Map<String, @Nullable Object>> list = new ArrayList<>();
		ofMachine(machineId).filter((session) -> session.isEvent(now))
			.forEach((session) -> list.add(0, session.toEvent(now)));
		return list;
	}

	/**
	 * Return the containers that are starting or running.
	 */
	List<RunningContainer> containers() {
		Instant now = this.clock.now();
		return ofMachine(null).map((session) -> session.container(now)).filter(Objects::nonNull).toList();
	}

	void addToTimeout(String machineId, String id, long minutes, Breakdown breakdown) {
		FakeSession session = find(id, "GPU event not found", breakdown);
		checkUuid(machineId);
		if (!this.machines.exists(machineId)) {
			throw ApiError.internal();
		}
		session.addToTimeout(toInt(minutes));
	}

	void moveDeadline(String id, long minutes, Breakdown breakdown) {
		FakeSession session = find(id, "GPU event not found", breakdown);
		if (breakdown == Breakdown.DEADLINES) {
			throw ApiError.internal();
		}
		if (!session.hasDeadline(this.clock.now())) {
			throw new ApiError(404, "Timeout end not found for session");
		}
		session.moveDeadline(toInt(minutes));
	}

	/**
	 * Cancel a session. The deadline is deleted last, so a failure to delete it occurs
	 * after the container was cancelled.
	 */
	void cancel(String id, boolean waitForShutdown, Breakdown breakdown) throws InterruptedException {
		FakeSession session = find(id, "GPUEvent not found session_id: " + id + ", the event might be already closed",
				breakdown);
		Instant now = this.clock.now();
		if (!session.hasContainer(now)) {
			session.closeWithoutContainer(now);
			throw new ApiError(400, "Modal function id not found");
		}
		session.cancel(now, this.shutdown, breakdown != Breakdown.STOP);
		if (breakdown == Breakdown.DEADLINES) {
			throw ApiError.internal();
		}
		session.forgetDeadline();
		if (waitForShutdown) {
			this.clock.await(() -> session.isGone(this.clock.now()), MAX_SHUTDOWN);
		}
	}

	/**
	 * Create a snapshot. Only the container of a dynamic session can be saved.
	 */
	synchronized Map<String, Object> snapshot(String id, @Nullable String machineName) {
		FakeSession session = find(id, "GPUEvent not found session_id: " + id, Breakdown.NONE);
		if (!session.isDynamic() || !session.hasContainer(this.clock.now())) {
			throw new ApiError(400, "Modal function id is not a sandbox");
		}
		String machineId = session.machineId();
		if (machineId == null && machineName == null) {
			throw new ApiError(400, "Machine id not found");
		}
		String ofMachine = (machineId != null) ? machineId : UUID.randomUUID().toString();
		String versionId = UUID.randomUUID().toString();
		session.becomeVersion(ofMachine, versionId);
		Map<String, Object> response = new LinkedHashMap<>();
		response.put("message", "Session snapshot created successfully");
		response.put("version_id", versionId);
		response.put("version", this.versions.merge(ofMachine, 1, Integer::sum));
		this.machines.make(ofMachine);
		response.put("image_id", "im-" + versionId.replace("-", "").substring(0, 22));
		return response;
	}

	/**
	 * Return the log of a session, also after its end. Without an id it has no entries.
	 */
	SessionLogStream log(@Nullable String id, @Nullable String level) {
		FakeSession session = this.sessions.get((id != null) ? id : "");
		if (id != null && session == null) {
			throw new ApiError(404, "Session not found");
		}
		return new SessionLogStream(session, level, this.clock,
				() -> session == null || this.sessions.containsKey(session.id()));
	}

	private FakeSession find(String id, String otherwise, Breakdown breakdown) {
		FakeSession session = this.sessions.get(id);
		if (session == null || session.isGone(this.clock.now())) {
			throw new ApiError(404, otherwise);
		}
		if (breakdown == Breakdown.DEADLINE) {
			session.forgetDeadline();
		}
		return session;
	}

	/**
	 * Return the sessions that count towards the limits of a machine and of the free
	 * plan.
	 */
	private List<FakeSession> open(@Nullable String machineId) {
		Instant now = this.clock.now();
		return ofMachine(machineId).filter((session) -> !session.isClosing() && !session.isGone(now)).toList();
	}

	private Stream<FakeSession> ofMachine(@Nullable String machineId) {
		synchronized (this.sessions) {
			return List.copyOf(this.sessions.values())
				.stream()
				.filter((session) -> machineId == null || machineId.equalsIgnoreCase(session.machineId()));
		}
	}

	private static void checkUuid(String value) {
		if (!RequestBody.isUuid(value)) {
			throw ApiError.internal();
		}
	}

	private static int minutes(@Nullable Long timeout) {
		return (timeout != null && timeout != 0) ? toInt(timeout) : DEFAULT_TIMEOUT;
	}

	/** The database's integers have 32 bits, and the server does not check before. */
	private static int toInt(long value) {
		if (value != (int) value) {
			throw ApiError.internal();
		}
		return (int) value;
	}

}
