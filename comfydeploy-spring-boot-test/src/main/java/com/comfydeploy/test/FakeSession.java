package com.comfydeploy.test;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.time.temporal.ValueRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * A session as the server keeps it. Its state follows from the time.
 */
final class FakeSession {

	private static final ValueRange PYTHON_YEARS = ValueRange.of(1, 9999);

	/** Python's isoformat: no zone, and no fraction where it is zero. */
	private static final DateTimeFormatter ZONE_LESS = new DateTimeFormatterBuilder()
		.appendPattern("yyyy-MM-dd'T'HH:mm:ss")
		.toFormatter();

	private static final DateTimeFormatter ZONE_LESS_FRACTION = new DateTimeFormatterBuilder().append(ZONE_LESS)
		.appendFraction(ChronoField.MICRO_OF_SECOND, 6, 6, true)
		.toFormatter();

	private final String id = UUID.randomUUID().toString();

	private final String gpuEventId = UUID.randomUUID().toString();

	private final String url = "https://" + this.id.substring(0, 8) + ".fake.comfydeploy.test";

	private final boolean dynamic;

	private final String gpu;

	private final Instant createdAt;

	private final Instant spawnedAt;

	private final Instant readyAt;

	private final boolean fails;

	private @Nullable String machineId;

	private @Nullable String machineVersionId;

	private int timeout;

	private Instant timeoutEnd;

	private @Nullable Instant goneAt;

	private FakeSession(boolean dynamic, String gpu, int timeout, Instant createdAt, FakeStart start) {
		this.dynamic = dynamic;
		this.gpu = gpu;
		this.timeout = timeout;
		this.createdAt = createdAt.truncatedTo(ChronoUnit.MICROS);
		this.spawnedAt = createdAt.plus(start.spawn());
		this.readyAt = createdAt.plus(start.startup());
		this.fails = start.fails();
		this.timeoutEnd = this.createdAt.plus(Duration.ofMinutes(timeout));
	}

	static FakeSession ofMachine(String machineId, String gpu, int timeout, Instant createdAt, FakeStart start) {
		FakeSession session = new FakeSession(false, gpu, timeout, createdAt, start);
		session.machineId = machineId;
		return session;
	}

	/** A session in a container of its own, which has a machine or none. */
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

	/** Whether the start is over without success. */
	boolean hasFailed(Instant now) {
		return this.fails && !now.isBefore(this.readyAt);
	}

	/** The server looks after the failed start of a machine's session only. */
	synchronized boolean isGone(Instant now) {
		if (hasFailed(now) && !this.dynamic) {
			return true;
		}
		return (this.goneAt != null) ? !now.isBefore(this.goneAt) : !now.isBefore(this.timeoutEnd);
	}

	synchronized boolean isClosing() {
		return this.goneAt != null;
	}

	boolean hasContainer(Instant now) {
		return !now.isBefore(this.spawnedAt);
	}

	@Nullable String url(Instant now) {
		return (this.fails || now.isBefore(this.readyAt)) ? null : this.url;
	}

	synchronized void close(Instant goneAt) {
		if (this.goneAt == null) {
			this.goneAt = goneAt;
		}
	}

	/** The original increase: what is shown changes, the deadline does not. */
	synchronized void addToTimeout(int minutes) {
		this.timeout = Math.addExact(this.timeout, minutes);
	}

	/** The increase by id: the deadline moves, also backwards. */
	synchronized void moveDeadline(int minutes) {
		Instant moved = this.timeoutEnd.plus(Duration.ofMinutes(minutes));
		if (!PYTHON_YEARS.isValidValue(moved.atOffset(ZoneOffset.UTC).getYear())) {
			throw ApiError.internal();
		}
		this.timeoutEnd = moved;
	}

	synchronized Map<String, @Nullable Object> toJson(Instant now) {
		Map<String, @Nullable Object> json = new LinkedHashMap<>();
		json.put("id", this.id);
		json.put("session_id", this.id);
		json.put("gpu_event_id", this.gpuEventId);
		json.put("url", url(now));
		json.put("gpu", this.gpu);
		json.put("created_at", date(this.createdAt));
		json.put("timeout", this.timeout);
		json.put("timeout_end", (this.goneAt != null) ? null : date(this.timeoutEnd));
		json.put("machine_id", this.machineId);
		json.put("machine_version_id", this.machineVersionId);
		json.put("status", "running");
		json.put("user_id", "user_fake");
		json.put("org_id", "None");
		return json;
	}

	/**
	 * What has happened by now, in the words of the server.
	 */
	synchronized List<FakeLogEntry> log(Instant now) {
		Instant end = (this.goneAt != null) ? this.goneAt : this.timeoutEnd;
		List<FakeLogEntry> log = new ArrayList<>();
		log.add(new FakeLogEntry("Creating session...", this.createdAt));
		log.add(new FakeLogEntry("Warming up ComfyUI...", this.spawnedAt));
		if (!this.fails) {
			log.add(new FakeLogEntry("Ready", this.readyAt));
		}
		return log.stream()
			.filter((entry) -> !entry.timestamp().isAfter(now) && !entry.timestamp().isAfter(end))
			.toList();
	}

	private static String date(Instant instant) {
		LocalDateTime date = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
		return ((date.getNano() == 0) ? ZONE_LESS : ZONE_LESS_FRACTION).format(date);
	}

}
