package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.Gpu;

/**
 * Decides which session a create of unknown outcome has created. The API has no
 * idempotency key, so machine, GPU, minutes, user and time are compared. A session
 * without a lease that matches is claimed only under two conditions: at least as many
 * leases search for such a session as there are such sessions, and no JVM is creating
 * one.
 *
 * @param sessionId the session, or {@code null} if none is certain
 * @param candidates all sessions that can be meant
 */
record SessionMatch(@Nullable String sessionId, Set<String> candidates) {

	/** Maximum difference between the clocks of the store and the server. */
	private static final Duration CLOCKS = Duration.ofMinutes(1);

	/** Maximum time after which a repeated create may have reached the server. */
	private static final Duration LONGEST_CREATE = Duration.ofMinutes(3);

	/**
	 * Compare a lease with the sessions of the server.
	 * @param lease the lease whose session is unknown
	 * @param sessions the sessions that may be running
	 * @param leases all leases of the store
	 * @param users the users that are known to create the sessions of leases
	 */
	static SessionMatch of(StoredLease lease, Collection<Candidate> sessions, List<StoredLease> leases,
			Set<String> users) {
		Duration ahead = serverAhead(sessions, leases);
		List<Candidate> strangers = strangers(sessions, leases, users);
		List<StoredLease> rivals = leases.stream()
			.filter((other) -> other.sessionId() == null && strangers.stream()
				.anyMatch((session) -> isOf(session, other, ahead) && isOf(session, lease, ahead)))
			.toList();
		Set<String> candidates = ids(strangers, (session) -> isOf(session, lease, ahead));
		Set<String> all = ids(strangers, (session) -> rivals.stream().anyMatch((rival) -> isOf(session, rival, ahead)));
		boolean certain = !candidates.isEmpty() && all.size() <= rivals.size()
				&& rivals.stream().noneMatch(SessionMatch::isBeingCreated)
				&& strangers.stream()
					.filter((session) -> candidates.contains(session.sessionId()))
					.allMatch((session) -> session.userId() == null || users.contains(session.userId()));
		return new SessionMatch(certain ? candidates.iterator().next() : null, candidates);
	}

	private static Set<String> ids(List<Candidate> sessions, Predicate<Candidate> which) {
		return sessions.stream()
			.filter(which)
			.map(Candidate::sessionId)
			.collect(Collectors.toCollection(LinkedHashSet::new));
	}

	/**
	 * Return the sessions without a known lease that the same user may have created. If
	 * no user is known, these are the sessions of all users.
	 */
	private static List<Candidate> strangers(Collection<Candidate> sessions, List<StoredLease> leases,
			Set<String> users) {
		Set<String> known = leases.stream()
			.map(StoredLease::sessionId)
			.filter(Objects::nonNull)
			.collect(Collectors.toSet());
		return sessions.stream()
			.filter((session) -> !known.contains(session.sessionId()))
			.filter((session) -> session.userId() == null || users.isEmpty() || users.contains(session.userId()))
			.toList();
	}

	/**
	 * Return whether a JVM that is alive is creating the session of a lease.
	 */
	private static boolean isBeingCreated(StoredLease lease) {
		return lease.phase() == LeasePhase.CREATING && lease.holderAlive();
	}

	/**
	 * Return how far the server's clock is ahead of the store's, computed from the
	 * sessions of known leases. The result is empty if there are none.
	 */
	private static Duration serverAhead(Collection<Candidate> sessions, List<StoredLease> leases) {
		Map<String, Instant> openedAt = new HashMap<>();
		for (StoredLease lease : leases) {
			String sessionId = lease.sessionId();
			if (sessionId != null && !lease.description().adopted()) {
				openedAt.put(sessionId, lease.openedAt());
			}
		}
		Duration ahead = null;
		for (Candidate session : sessions) {
			Instant opened = openedAt.get(session.sessionId());
			Instant created = session.createdAt();
			if (opened != null && created != null) {
				Duration difference = Duration.between(opened, created);
				ahead = (ahead == null || difference.compareTo(ahead) < 0) ? difference : ahead;
			}
		}
		return (ahead != null) ? ahead : Duration.ZERO;
	}

	private static boolean isOf(Candidate session, StoredLease lease, Duration serverAhead) {
		LeaseDescription description = lease.description();
		Instant createdAt = session.createdAt();
		Instant openedAt = lease.openedAt().plus(serverAhead);
		return Objects.equals(session.machineId(), description.machineId())
				&& (description.gpu() == null || description.gpu().equals(session.gpu()))
				&& Duration.ofMinutes(lease.minutes()).equals(session.timeout()) && createdAt != null
				&& !createdAt.isBefore(openedAt.minus(CLOCKS))
				&& !createdAt.isAfter(openedAt.plus(LONGEST_CREATE).plus(CLOCKS));
	}

	/**
	 * A session.
	 *
	 * @param userId its user, or {@code null} if that is certain to be the user of this
	 * client
	 */
	record Candidate(String sessionId, @Nullable String machineId, @Nullable Gpu gpu, @Nullable Duration timeout,
			@Nullable Instant createdAt, @Nullable String userId) {

	}

}
