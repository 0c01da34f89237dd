package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.ValueRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import org.springframework.util.Assert;

/**
 * Session as the server stores it. Its state depends on the time.
 */
final class FakeSession {

	/** Limit of the container service for the container of a machine. */
	private static final Duration MAX_RUN = Duration.ofHours(24);

	private static final Duration MAX_DYNAMIC_RUN = Duration.ofHours(6);

	private static final ValueRange PYTHON_YEARS = ValueRange.of(1, 9999);

	private final String id = UUID.randomUUID().toString();

	private final String gpuEventId = UUID.randomUUID().toString();

	private final boolean dynamic;

	private final @Nullable String gpu;

	private final Instant createdAt;

	/** Time at which the server learns its container's id. */
	private final Instant spawnedAt;

	/** Time at which its container has started, and ComfyUI is up. */
	private final Instant readyAt;

	private final boolean fails;

	private final boolean expires;

	private @Nullable String machineId;

	private @Nullable String machineVersionId;

	private int timeout;

	private @Nullable Instant timeoutEnd;

	/** Time at which a cancel closes the record. */
	private @Nullable Instant goneAt;

	/** Time at which the container ends because of a cancel that reached it. */
	private @Nullable Instant stoppedAt;

	private Instant updatedAt;

	private volatile @Nullable String url;

	private FakeSession(boolean dynamic, @Nullable String gpu, int timeout, Instant createdAt, FakeStart start) {
		this.dynamic = dynamic;
		this.gpu = gpu;
		this.timeout = timeout;
		this.createdAt = createdAt.truncatedTo(ChronoUnit.MICROS);
		Duration spawn = start.spawn();
		this.spawnedAt = (spawn != null) ? createdAt.plus(spawn) : Instant.MAX;
		this.readyAt = createdAt.plus(start.startup());
		this.fails = start.fails();
		this.expires = start.expires();
		this.timeoutEnd = this.createdAt.plus(Duration.ofMinutes(timeout));
		this.updatedAt = this.createdAt;
	}

	static FakeSession ofMachine(String machineId, @Nullable String gpu, int timeout, Instant createdAt,
			FakeStart start) {
		FakeSession session = new FakeSession(false, gpu, timeout, createdAt, start);
		session.machineId = machineId;
		return session;
	}

	/** Create a session in a container of its own, with a machine or without. */
	static FakeSession dynamic(@Nullable String machineId, @Nullable String machineVersionId, String gpu, int timeout,
			Instant createdAt, FakeStart start) {
		FakeSession session = new FakeSession(true, gpu, timeout, createdAt, start);
		session.machineId = machineId;
		session.machineVersionId = machineVersionId;
		return session;
	}

	String id() {
		return this.id;
	}

	/** Set the URL that its ComfyUI has when it is ready. */
	void reachableAt(String url) {
		this.url = url;
	}

	synchronized @Nullable String machineId() {
		return this.machineId;
	}

	synchronized void becomeVersion(String machineId, String machineVersionId) {
		this.machineId = machineId;
		this.machineVersionId = machineVersionId;
	}

	boolean isDynamic() {
		return this.dynamic;
	}

	/** Return whether the start has failed. */
	boolean hasFailed(Instant now) {
		return this.fails && !now.isBefore(this.readyAt);
	}

	synchronized boolean isGone(Instant now) {
		return !now.isBefore(recordEnd());
	}

	/**
	 * After a failed start, the server closes the record only if the session is that of a
	 * machine.
	 */
	private Instant recordEnd() {
		if (this.fails && !this.dynamic && (this.goneAt == null || this.readyAt.isBefore(this.goneAt))) {
			return this.readyAt;
		}
		return (this.goneAt != null) ? this.goneAt : expiry();
	}

	/**
	 * The container reads its deadline: without a container, nothing ends the session.
	 */
	private Instant expiry() {
		if (this.spawnedAt.equals(Instant.MAX)) {
			return Instant.MAX;
		}
		Instant limit = startsAt().plus(this.dynamic ? MAX_DYNAMIC_RUN : MAX_RUN);
		Instant deadline = this.expires ? this.timeoutEnd : null;
		return (deadline != null && deadline.isBefore(limit)) ? deadline : limit;
	}

	private Instant startsAt() {
		return this.readyAt.isBefore(this.spawnedAt) ? this.spawnedAt : this.readyAt;
	}

	/**
	 * Return when the container ends. If its record was closed without stopping it, it no
	 * longer has a deadline.
	 */
	private Instant containerEnd() {
		if (this.stoppedAt != null) {
			return this.stoppedAt;
		}
		if (this.fails) {
			return startsAt();
		}
		return (this.goneAt != null) ? startsAt().plus(this.dynamic ? MAX_DYNAMIC_RUN : MAX_RUN) : expiry();
	}

	/**
	 * Return the container, also while the session is starting, or {@code null} if there
	 * is none.
	 */
	synchronized @Nullable RunningContainer container(Instant now) {
		boolean none = this.spawnedAt.equals(Instant.MAX) || !now.isBefore(containerEnd());
		return none ? null : new RunningContainer(this.id, this.machineId, this.gpu, startsAt(), containerEnd());
	}

	synchronized boolean hasDeadline(Instant now) {
		return deadline(now) != null;
	}

	/** A deadline at which the container could not be stopped is forgotten. */
	private @Nullable Instant deadline(Instant now) {
		boolean forgotten = !this.expires && this.timeoutEnd != null && !now.isBefore(this.timeoutEnd);
		return forgotten ? null : this.timeoutEnd;
	}

	synchronized void forgetDeadline() {
		this.timeoutEnd = null;
	}

	synchronized boolean isClosing() {
		return this.goneAt != null;
	}

	boolean hasContainer(Instant now) {
		return !now.isBefore(this.spawnedAt);
	}

	private boolean hasStarted(Instant now) {
		return !now.isBefore(startsAt());
	}

	@Nullable String url(Instant now) {
		return (this.fails || this.spawnedAt.equals(Instant.MAX) || now.isBefore(this.readyAt)) ? null : this.url;
	}

	/**
	 * Close the record of a session whose container the server does not know.
	 */
	synchronized void closeWithoutContainer(Instant now) {
		if (this.goneAt == null) {
			this.goneAt = now;
			this.updatedAt = now;
		}
	}

	/**
	 * Stop the container, if it can be reached, and close the record: immediately if the
	 * container has not started or is dynamic, otherwise when the container has ended.
	 * @param shutdown how long the container takes to end
	 * @param reached whether the container can be reached
	 */
	synchronized void cancel(Instant now, Duration shutdown, boolean reached) {
		boolean closedAtOnce = this.dynamic || !hasStarted(now);
		if (reached && this.stoppedAt == null) {
			this.stoppedAt = hasStarted(now) ? now.plus(shutdown) : now;
		}
		if (this.goneAt == null && (closedAtOnce || reached)) {
			this.goneAt = closedAtOnce ? now : this.stoppedAt;
			this.updatedAt = now;
		}
	}

	/**
	 * Change the displayed timeout, as the original increase does. The deadline stays.
	 */
	synchronized void addToTimeout(int minutes) {
		this.timeout = Math.addExact(this.timeout, minutes);
	}

	/** Move the deadline, also backwards, as the increase by id does. */
	synchronized void moveDeadline(int minutes) {
		Assert.state(this.timeoutEnd != null, "There is no deadline");
		Instant moved = this.timeoutEnd.plus(Duration.ofMinutes(minutes));
		if (!PYTHON_YEARS.isValidValue(moved.atOffset(ZoneOffset.UTC).getYear())) {
			throw ApiError.internal();
		}
		this.timeoutEnd = moved;
	}

	/**
	 * Return the session as GET shows it. This fails if neither the machine nor the
	 * request had a GPU.
	 * @param deadlines whether deadlines can be read
	 */
	synchronized Map<String, @Nullable Object> toJson(Instant now, boolean deadlines) {
		if (this.gpu == null) {
			throw ApiError.internal();
		}
		Instant deadline = deadlines ? deadline(now) : null;
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", this.id);
		json.put("session_id", this.id);
		json.put("gpu_event_id", this.gpuEventId);
		json.put("url", url(now));
		json.put("gpu", this.gpu);
		json.put("created_at", PythonDates.format(this.createdAt));
		json.put("timeout", this.timeout);
		json.put("timeout_end", (deadline != null) ? PythonDates.format(deadline) : null);
		json.put("machine_id", this.machineId);
		json.put("machine_version_id", this.machineVersionId);
		json.put("status", "running");
		json.put("user_id", "user_fake");
		json.put("org_id", "None");
		return json;
	}

	/**
	 * Return whether the events of its machine include it: it started in the last 24
	 * hours, or was closed before its start.
	 */
	synchronized boolean isEvent(Instant now) {
		Instant start = eventStart(now);
		return start != null && start.isAfter(now.minus(Duration.ofHours(24)));
	}

	/** A record that was closed before the start initially has the same start and end. */
	private @Nullable Instant eventStart(Instant now) {
		if (hasStarted(now) && !this.fails && startsAt().isBefore(containerEnd())) {
			return startsAt();
		}
		Instant end = recordEnd();
		return now.isBefore(end) ? null : end;
	}

	/**
	 * Return the GPU event of the session.
	 */
	synchronized Map<String, @Nullable Object> toEvent(Instant now) {
		Instant start = eventStart(now);
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("cost_item_title", null);
		json.put("org_id", null);
		json.put("cost", 0.0);
		json.put("id", this.gpuEventId);
		json.put("end_time", isGone(now) ? PythonDates.formatEvent(recordEnd()) : null);
		json.put("session_timeout", this.timeout);
		json.put("start_time", (start != null) ? PythonDates.formatEvent(start) : null);
		json.put("gpu", this.gpu);
		json.put("session_id", this.id);
		json.put("user_id", "user_fake");
		json.put("ws_gpu", null);
		json.put("modal_function_id", hasContainer(now) ? functionId() : null);
		json.put("machine_id", this.machineId);
		json.put("gpu_provider", "modal");
		json.put("tunnel_url", url(now));
		json.put("created_at", PythonDates.formatEvent(this.createdAt));
		json.put("machine_version_id", this.machineVersionId);
		json.put("updated_at", PythonDates.formatEvent(this.updatedAt));
		json.put("environment", null);
		return json;
	}

	private String functionId() {
		return (this.dynamic ? "sb-" : "fc-") + this.gpuEventId.replace("-", "").substring(0, 20);
	}

	/**
	 * Return the log entries until now, in the words of the server.
	 */
	synchronized List<FakeLogEntry> log(Instant now) {
		Instant end = recordEnd();
		List<FakeLogEntry> log = new ArrayList<>();
		log.add(new FakeLogEntry("Creating session...", this.createdAt));
		log.add(new FakeLogEntry("Warming up ComfyUI...", this.spawnedAt));
		if (!this.fails && !this.spawnedAt.equals(Instant.MAX)) {
			log.add(new FakeLogEntry("Ready", this.readyAt));
		}
		return log.stream()
			.filter((entry) -> !entry.timestamp().isAfter(now) && !entry.timestamp().isAfter(end))
			.toList();
	}

}
