package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import com.comfydeploy.lease.SessionMatch.Candidate;
import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.TestSessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for the search of sessions whose create had an unknown outcome, while other
 * leases come and go.
 */
class UnknownCreateTests {

	private static final Instant OPENED_AT = Instant.parse("2026-11-23T18:00:00Z");

	@Test
	void sessionThatIsOpenedMeanwhileIsNotClaimed() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm other = fixture.start();
			SessionLease[] opened = new SessionLease[1];
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("list") && opened[0] == null) {
					opened[0] = other.open();
				}
				return call.call();
			})::operations;
			Jvm jvm = fixture.start();
			failCreate(fixture, jvm, false);
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(opened[0].isOpen()).isTrue();
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void sessionThatIsClosedMeanwhileIsNotClaimed() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm other = fixture.start();
			SessionLease lease = other.open();
			boolean[] listed = new boolean[1];
			fixture.operations = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("list") && !listed[0]) {
					listed[0] = true;
					lease.close();
				}
				return result;
			})::operations;
			Jvm jvm = fixture.start();
			failCreate(fixture, jvm, false);
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.paths("cancel")).hasSize(1);
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.UNKNOWN);
		}
	}

	@Test
	void sessionIsClaimedByOneOfTwoJvms() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] raced = new boolean[1];
			fixture.operations = ((Interception) (method, call) -> {
				Object result = call.call();
				if (method.equals("list") && !raced[0]) {
					raced[0] = true;
					fixture.time.pass(Duration.ofSeconds(4));
				}
				return result;
			})::operations;
			Jvm first = fixture.start();
			fixture.operations = (operations) -> operations;
			Jvm second = fixture.start();
			failCreate(fixture, first, true);
			failCreate(fixture, second, true);
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(fixture.running()).isEmpty();
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("cancel")).doesNotHaveDuplicates().hasSize(2);
		}
	}

	@Test
	void whenOrphansAreReportedSessionIsNotCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start((builder) -> builder.onOrphan(OrphanPolicy.REPORT));
			failCreate(fixture, jvm, true);
			fixture.time.pass(Duration.ofMinutes(3));
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.UNKNOWN);
		}
	}

	@Test
	void whenThereIsNoStoreSessionIsNotCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.startWithoutStore((builder) -> builder.maxGpuMinutesPerDay(100));
			failCreate(fixture, jvm, true);
			fixture.time.pass(Duration.ofMinutes(3));
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void adoptedSessionSaysNothingAboutTheClocks() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			String old = fixture.createForSomebodyElse(Duration.ofMinutes(60));
			fixture.time.pass(Duration.ofMinutes(30));
			Jvm jvm = fixture.start();
			jvm.leases.adopt(old);
			failCreate(fixture, jvm, true);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).containsExactly(old);
		}
	}

	@Test
	void sessionOfAnotherUserOfTheOrganizationIsLeftAlone() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.operations = (operations) -> ofOrganization(operations, "colleague");
			Jvm jvm = fixture.start((builder) -> builder.machines(machines(fixture)));
			fixture.fake.fail(Fault.drop().on("create"));
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(jvm::open);
			String others = fixture.createForSomebodyElse(Duration.ofMinutes(5));
			fixture.time.pass(Duration.ofMinutes(2));
			assertThat(fixture.running()).containsExactly(others);
			assertThat(fixture.paths("cancel")).isEmpty();
			assertThat(jvm.reports).singleElement()
				.satisfies((report) -> assertThat(report.getCandidates()).containsExactly(others));
		}
	}

	@Test
	void sessionOfTheSameUserOfTheOrganizationIsCancelled() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			fixture.operations = (operations) -> ofOrganization(operations, "user");
			Jvm jvm = fixture.start((builder) -> builder.machines(machines(fixture)));
			String known = jvm.open().sessionId();
			failCreate(fixture, jvm, true);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.running()).containsExactly(known);
		}
	}

	@Test
	void userIdIdentifiesTheOwnerOfASession() {
		assertThat(match("session", null, Set.of())).isEqualTo("session");
		assertThat(match("session", "user", Set.of("user"))).isEqualTo("session");
		assertThat(match("session", "user", Set.of())).isNull();
		assertThat(match("session", "colleague", Set.of("user"))).isNull();
	}

	private static @Nullable String match(String sessionId, @Nullable String userId, Set<String> users) {
		LeaseDescription description = new LeaseDescription("machine", false, false, Gpu.T4, Duration.ofMinutes(5),
				Duration.ofMinutes(2), Duration.ofHours(1), null);
		StoredLease lease = new StoredLease(LeaseHold.first("id", "a"), description, LeasePhase.UNKNOWN, null, 5,
				OPENED_AT, Duration.ofSeconds(5), OPENED_AT, true);
		Candidate candidate = new Candidate(sessionId, "machine", Gpu.T4, Duration.ofMinutes(5), OPENED_AT, userId);
		return SessionMatch.of(lease, List.of(candidate), List.of(lease), users).sessionId();
	}

	private static void failCreate(StoreFixture fixture, Jvm jvm, boolean carriedOut) {
		fixture.fake.fail(carriedOut ? Fault.drop().carriedOut().on("create") : Fault.drop().on("create"));
		assertThatExceptionOfType(RuntimeException.class).isThrownBy(jvm::open);
	}

	private static MachineOperations machines(StoreFixture fixture) {
		return fixture.server.machines();
	}

	/**
	 * Show sessions as those of an organization.
	 */
	private static SessionOperations ofOrganization(SessionOperations operations, String userId) {
		return ((Interception) (method, call) -> {
			Object result = call.call();
			return (method.equals("list") && result instanceof List<?> sessions)
					? sessions.stream().map((session) -> ofOrganization((Session) session, userId)).toList() : result;
		}).operations(operations);
	}

	private static Session ofOrganization(Session session, String userId) {
		return TestSessions.builder(session.id())
			.url(session.url())
			.gpu(session.gpu())
			.createdAt(session.createdAt())
			.timeout(session.timeout())
			.timeoutEnd(session.timeoutEnd())
			.machineId(session.machineId())
			.userId(userId)
			.orgId("organization")
			.build();
	}

}
