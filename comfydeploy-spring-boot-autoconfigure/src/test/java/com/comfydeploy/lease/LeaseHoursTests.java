package com.comfydeploy.lease;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.RecordedRequest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests like {@link LeaseDayTests}, but over HTTP: fewer leases for some hours, with the
 * real client, and faults of the fake that apply to any call.
 */
class LeaseHoursTests {

	private static final Duration LONGEST_DEADLINE = Duration.ofMinutes(7);

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder().frozen().shutdown(Duration.ofSeconds(4)).start();

	private final VirtualTime time = new VirtualTime(this.fake::advance);

	private final SessionOperations operations = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
		.baseUrl(this.fake.getBaseUrl())
		.retry(RetrySettings.builder().initialInterval(Duration.ofMillis(1)).maxInterval(Duration.ofMillis(5)).build())
		.build();

	private final Map<String, List<Type>> events = new HashMap<>();

	private final Map<String, Duration> limits = new HashMap<>();

	private final Set<String> foreign = new HashSet<>();

	private Instant start;

	private Random random;

	private DefaultSessionLeases leases;

	private void start(long seed) {
		this.random = new Random(seed);
		// The fake records 10,000 requests, which must include the extensions
		this.leases = SessionLeasesBuilder.with(this.operations)
			.options(LeaseOptions.builder().checkInterval(Duration.ofMinutes(4)).build())
			.eventListener((event) -> this.events.computeIfAbsent(event.getSessionId(), (id) -> new ArrayList<>())
				.add(event.getType()))
			.build(this.time, new BackOff(this.random::nextDouble));
		for (int i = 0; i < 5; i++) {
			CreateSessionRequest request = CreateSessionRequest.forMachine(machine())
				.timeout(Duration.ofDays(1))
				.build();
			String id = this.operations.create(request).sessionId();
			this.foreign.add(id);
			this.start = this.operations.get(id).createdAt();
		}
		for (Fault fault : List.of(Fault.status(503), Fault.status(500).carriedOut(), Fault.status(429), Fault.drop(),
				Fault.drop().carriedOut())) {
			this.fake.fail(fault.randomly(0.01, seed++));
		}
	}

	@AfterEach
	void close() throws Exception {
		this.leases.destroy();
		((DisposableBean) this.operations).destroy();
		this.fake.close();
	}

	private String machine() {
		return new UUID(this.random.nextLong(), this.random.nextLong()).toString();
	}

	/** A creation of unknown outcome opens none. */
	private void open() {
		Duration limit = Duration.ofMinutes((this.random.nextInt(4) == 0) ? 1 + this.random.nextInt(300) : 720);
		try {
			SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(machine()).build(),
					LeaseOptions.builder().maxLifetime(limit).build());
			this.limits.put(lease.sessionId(), this.time.elapsed().plus(limit));
		}
		catch (ComfyDeployException ex) {
			assertThat(ex.isOutcomeUnknown() || !this.leases.isRunning()).isTrue();
		}
	}

	@Test
	void fiftyLeasesForHoursWithFivePercentFailures() {
		start(4711);
		while (this.limits.size() < 50) {
			open();
			this.time.pass(Duration.ofSeconds(this.random.nextInt(20)));
		}
		for (int i = 0; i < 12; i++) {
			this.time.pass(Duration.ofMinutes(30));
			assertThat(this.leases.active()).allSatisfy((lease) -> {
				Duration left = left(this.operations.get(lease.sessionId()));
				assertThat(left).isBetween(Duration.ofSeconds(1), LONGEST_DEADLINE);
				assertThat(this.time.elapsed().plus(left)).isLessThanOrEqualTo(this.limits.get(lease.sessionId()));
			});
			assertThat(this.leases.active()).extracting(SessionLease::sessionId)
				.containsExactlyInAnyOrderElementsOf(this.limits.keySet()
					.stream()
					.filter((id) -> this.limits.get(id).compareTo(this.time.elapsed()) > 0)
					.toList());
		}
		assertThat(this.leases.active()).hasSizeGreaterThan(30);
		assertThat(this.fake.requests("increase-timeout")).hasSizeBetween(1000, 9000);
		this.leases.destroy();
		assertNothingLeft();
		assertThat(this.events.values()).anyMatch((types) -> types.contains(Type.EXTENSION_FAILED))
			.anyMatch((types) -> types.contains(Type.EXPIRED));
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5 })
	void whenClosedAtARandomMomentNothingIsLeft(long seed) {
		start(seed);
		this.time.schedule(this.leases::stop, Duration.ofSeconds(this.random.nextInt(3600)));
		while (this.leases.isRunning()) {
			open();
			this.time.pass(Duration.ofSeconds(this.random.nextInt(200)));
		}
		this.time.pass(Duration.ofMinutes(5));
		assertNothingLeft();
	}

	/** Check that only sessions of others remain, and that they were not changed. */
	private void assertNothingLeft() {
		assertThat(this.leases.active()).isEmpty();
		assertThat(this.operations.list()).extracting(Session::id).containsExactlyInAnyOrderElementsOf(this.foreign);
		assertThat(this.fake.requests("cancel")).extracting(LeaseHoursTests::sessionId)
			.allSatisfy((id) -> assertThat(this.events).containsKey(id));
		assertThat(this.fake.requests("increase-timeout")).extracting(LeaseHoursTests::sessionId)
			.allSatisfy((id) -> assertThat(this.events).containsKey(id));
		this.events.forEach((id, types) -> assertThat(types).as(id)
			.startsWith(Type.OPENED, Type.READY)
			.endsWith(Type.CLOSED)
			.doesNotContain(Type.LOST, Type.CLOSE_UNCONFIRMED)
			.satisfies((all) -> assertThat(all).filteredOn(Type.CLOSED::equals).hasSize(1)));
	}

	private Duration left(Session session) {
		return Duration.between(this.start, session.timeoutEnd()).minus(this.time.elapsed());
	}

	private static String sessionId(RecordedRequest request) {
		return request.path().split("/")[2];
	}

}
