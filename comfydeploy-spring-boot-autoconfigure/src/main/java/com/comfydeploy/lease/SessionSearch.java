package com.comfydeploy.lease;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.SessionMatch.Candidate;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.SessionOperations;

/**
 * Looks for the sessions of a machine that may be running, in what the server lists and
 * in the events of the machine, which show sessions that no list has.
 */
final class SessionSearch {

	private final SessionOperations sessions;

	private final @Nullable MachineOperations machines;

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
					session.timeout(), session.createdAt(), session.userId())));
		if (machineId == null || this.machines == null) {
			return new Result(candidates, false);
		}
		try {
			this.machines.events(machineId)
				.stream()
				.filter((event) -> event.sessionId() != null && event.endTime() == null)
				.map(SessionSearch::candidate)
				.forEach(candidates::add);
			return new Result(candidates, true);
		}
		catch (RuntimeException ex) {
			// A machine's own key may not read them
			return new Result(candidates, false);
		}
	}

	private static Candidate candidate(GpuEvent event) {
		Instant createdAt = event.createdAt();
		return new Candidate(String.valueOf(event.sessionId()), event.machineId(), event.gpu(), event.timeout(),
				(createdAt != null) ? createdAt : event.startTime(), event.userId());
	}

	/**
	 * What the server has shown.
	 *
	 * @param sessions the sessions, some of them twice
	 * @param complete whether a session of the machine that has started cannot be missing
	 */
	record Result(List<Candidate> sessions, boolean complete) {

	}

}
