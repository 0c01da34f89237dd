package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

import com.comfydeploy.session.CallOptions;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.CreatedSession;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;

/**
 * Sessions, deadlines and clock of the server in memory. A day of a thousand leases has
 * some 300,000 requests, which would take minutes over HTTP with {@code FakeComfyDeploy}.
 * Its clock has the same pace as the clock of the leases, but another time.
 */
class SimulatedServer extends UnsupportedSessionOperations {

	private static final Instant START = Instant.parse("1999-12-31T23:00:00Z");

	/** The longest start of a session. */
	Duration startup = Duration.ofSeconds(400);

	final Map<String, Rented> sessions = new LinkedHashMap<>();

	/** Prepares what goes wrong with a session. */
	Consumer<Rented> created = (session) -> {
	};

	private final VirtualTime time;

	private final Random random;

	SimulatedServer(VirtualTime time, Random random) {
		this.time = time;
		this.random = random;
	}

	List<Rented> running() {
		return this.sessions.values().stream().filter((session) -> !session.isGone()).toList();
	}

	/** Return the containers that cost money, regardless of the records. */
	List<Rented> containers() {
		return this.sessions.values().stream().filter(Rented::hasContainer).toList();
	}

	private Rented find(String operation, String sessionId) {
		Rented session = this.sessions.get(sessionId);
		if (session == null || session.isGone()) {
			throw SimulatedFailures.exception(operation, 404, "GPUEvent not found");
		}
		return session;
	}

	@Override
	public Session get(String sessionId) {
		Rented session = find("get", sessionId);
		boolean ready = this.time.elapsed().compareTo(session.readyAt) >= 0;
		return new Session(sessionId, null, ready ? "https://" + sessionId : null, null, START.plus(session.createdAt),
				null, session.isReadable() ? START.plus(session.end) : null, null, null, "running", null, null);
	}

	@Override
	public Optional<Session> find(String sessionId) {
		Rented session = this.sessions.get(sessionId);
		return (session == null || session.isGone()) ? Optional.empty() : Optional.of(get(sessionId));
	}

	@Override
	public CreatedSession create(CreateSessionRequest request) {
		Rented session = new Rented("s" + this.sessions.size(), this.time.elapsed(), request.timeout(),
				Duration.ofSeconds(this.random.nextInt((int) this.startup.toSeconds() + 1)));
		this.sessions.put(session.id, session);
		this.created.accept(session);
		return new CreatedSession(session.id, null);
	}

	@Override
	public void increaseTimeout(String sessionId, Duration extension) {
		Rented session = find("increase-timeout", sessionId);
		if (session.isUnavailable()) {
			throw SimulatedFailures.exception("increase-timeout", 500, "Internal Server Error");
		}
		if (!session.isReadable()) {
			throw SimulatedFailures.exception("increase-timeout", 404, "Timeout end not found for session");
		}
		session.leftWhenExtended.add(session.end.minus(this.time.elapsed()));
		session.end = session.end.plus(extension);
	}

	/**
	 * End the session: one of ten immediately, the others within 8 seconds. If the server
	 * does not know the container yet, only the record is closed, and the container runs
	 * on.
	 */
	@Override
	public boolean cancel(String sessionId) {
		Rented session = find("cancel", sessionId);
		Duration now = this.time.elapsed();
		if (now.compareTo(session.containerAt) < 0) {
			session.closedWithoutContainer = true;
			session.goneAt = now;
			return false;
		}
		if (session.cancelsWithoutEffect > 0) {
			session.cancelsWithoutEffect--;
			session.forgotten = true;
			return true;
		}
		if (session.goneAt == null) {
			session.goneAt = now
				.plus((this.random.nextInt(10) == 0) ? Duration.ZERO : Duration.ofMillis(this.random.nextInt(8000)));
		}
		if (session.isUnavailable()) {
			throw SimulatedFailures.exception("cancel", 500, "Internal Server Error");
		}
		return true;
	}

	@Override
	public SessionOperations with(CallOptions options) {
		return this;
	}

	/**
	 * A session, and what its user pays for.
	 */
	final class Rented {

		final String id;

		final Duration createdAt;

		Duration readyAt;

		final List<Duration> leftWhenExtended = new ArrayList<>();

		Duration end;

		Duration goneAt;

		/** Time at which the server learns the container. */
		Duration containerAt;

		/** Time until which deadlines cannot be read. */
		Duration unavailableUntil = Duration.ZERO;

		/** Whether the server has no deadline any more. */
		boolean forgotten;

		int cancelsWithoutEffect;

		boolean closedWithoutContainer;

		private Rented(String id, Duration createdAt, Duration timeout, Duration startup) {
			this.id = id;
			this.createdAt = createdAt;
			this.readyAt = createdAt.plus(startup);
			this.end = createdAt.plus(timeout);
			this.containerAt = createdAt;
		}

		void failDeadlines(Duration duration) {
			this.unavailableUntil = SimulatedServer.this.time.elapsed().plus(duration);
		}

		void failCancels(int times) {
			this.cancelsWithoutEffect = times;
		}

		void reduceGrant(Duration by) {
			this.end = this.end.minus(by);
		}

		void forgetDeadline() {
			this.forgotten = true;
		}

		boolean isGone() {
			Duration now = SimulatedServer.this.time.elapsed();
			return (this.goneAt != null && now.compareTo(this.goneAt) >= 0)
					|| now.compareTo(this.forgotten ? limit() : this.end) >= 0;
		}

		boolean hasContainer() {
			Duration now = SimulatedServer.this.time.elapsed();
			return this.closedWithoutContainer ? now.compareTo(limit()) < 0 : !isGone();
		}

		/** The container's own limit. */
		private Duration limit() {
			return this.containerAt.plus(Duration.ofDays(1));
		}

		boolean isUnavailable() {
			return SimulatedServer.this.time.elapsed().compareTo(this.unavailableUntil) < 0;
		}

		boolean isReadable() {
			return this.goneAt == null && !this.forgotten && !isUnavailable();
		}

		Duration granted() {
			return this.end.minus(this.createdAt);
		}

	}

}
