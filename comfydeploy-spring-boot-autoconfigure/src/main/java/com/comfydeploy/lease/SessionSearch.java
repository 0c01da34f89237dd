package com.comfydeploy.lease;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.SessionMatch.Candidate;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * Searches for the sessions of a machine that may be running: in the lists of the server,
 * and in the events of the machine, because lists omit some sessions. It also learns the
 * users of this application's own sessions.
 */
final class SessionSearch {

	private static final int MAX_KNOWN = 10_000;

	private final SessionOperations sessions;

	private final @Nullable MachineOperations machines;

	/** Sessions that have had a lease, also those whose lease has ended. */
	private final Set<String> known = Collections.newSetFromMap(new LinkedHashMap<>() {

		@Override
		protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
			return size() > MAX_KNOWN;
		}

	});

	private final Set<String> users = new HashSet<>();

	SessionSearch(SessionOperations sessions, @Nullable MachineOperations machines) {
		this.sessions = sessions;
		this.machines = machines;
	}

	/**
	 * Return the sessions that may be running.
	 * @param machineId the machine, or {@code null} for those without one
	 * @throws RuntimeException if the server cannot be asked
	 */
	Result find(@Nullable String machineId) {
		List<Candidate> candidates = new ArrayList<>();
		((machineId != null) ? this.sessions.list(machineId) : this.sessions.list())
			.forEach((session) -> candidates.add(new Candidate(session.id(), session.machineId(), session.gpu(),
					session.timeout(), session.createdAt(), user(session.userId(), session.orgId()))));
		if (machineId == null || this.machines == null) {
			return new Result(candidates, List.of(), false);
		}
		try {
			List<Candidate> ended = new ArrayList<>();
			this.machines.events(machineId)
				.stream()
				.filter((event) -> event.sessionId() != null)
				.forEach((event) -> ((event.endTime() == null) ? candidates : ended).add(candidate(event)));
			return new Result(candidates, ended, true);
		}
		catch (RuntimeException ex) {
			// A machine's own key may not read them
			return new Result(candidates, List.of(), false);
		}
	}

	private static Candidate candidate(GpuEvent event) {
		Instant createdAt = event.createdAt();
		return new Candidate(String.valueOf(event.sessionId()), event.machineId(), event.gpu(), event.timeout(),
				(createdAt != null) ? createdAt : event.startTime(), user(event.userId(), event.orgId()));
	}

	/**
	 * Return the user of a session, or {@code null} if it must be the user of this
	 * client: without an organization, a user sees only the own sessions.
	 */
	private static @Nullable String user(@Nullable String userId, @Nullable String orgId) {
		return (orgId != null) ? userId : null;
	}

	/**
	 * Return whether the server has an open record of a session.
	 * @throws RuntimeException if the server cannot be asked
	 */
	boolean isRunning(String sessionId) {
		return this.sessions.find(sessionId).isPresent();
	}

	/**
	 * Learn the session of a lease.
	 */
	void learn(StoredLease lease) {
		String sessionId = lease.sessionId();
		if (sessionId != null && !lease.description().adopted()) {
			learn(sessionId);
		}
	}

	/**
	 * Learn that a session was created for a lease.
	 */
	void learn(String sessionId) {
		synchronized (this.known) {
			this.known.add(sessionId);
		}
	}

	/**
	 * Return the users that are known to create the sessions of leases, now that the
	 * server has shown more sessions.
	 */
	Set<String> users(Result result) {
		synchronized (this.known) {
			Stream.concat(result.sessions().stream(), result.ended().stream())
				.filter((session) -> session.userId() != null && this.known.contains(session.sessionId()))
				.forEach((session) -> this.users.add(String.valueOf(session.userId())));
			return Set.copyOf(this.users);
		}
	}

	/**
	 * The sessions that the server has shown.
	 *
	 * @param sessions the sessions that may be running, some of them twice
	 * @param ended sessions that have ended
	 * @param complete whether a session of the machine that has started cannot be missing
	 */
	record Result(List<Candidate> sessions, List<Candidate> ended, boolean complete) {

		static final Result NOTHING = new Result(List.of(), List.of(), false);

	}

}
