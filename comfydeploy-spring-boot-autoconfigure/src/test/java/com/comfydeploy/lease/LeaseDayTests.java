package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.lease.SimulatedFailures.Failure;
import com.comfydeploy.lease.SimulatedServer.Rented;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for many leases during a day, with calls that fail at random: a refused
 * connection, an error response before or after the call was processed, a lost request or
 * response. Some calls fail only after the read timeout.
 */
class LeaseDayTests {

	private static final Duration DAY = Duration.ofDays(1);

	private static final Duration RENEW_BEFORE = Duration.ofMinutes(2);

	private final VirtualTime time = new VirtualTime();

	private final Map<String, List<Type>> events = new HashMap<>();

	private final Map<String, Duration> limits = new HashMap<>();

	private final List<String> lostThoughThere = new ArrayList<>();

	/** A slow call holds up all leases here, where there is one thread for all. */
	private boolean slow = true;

	private Random random;

	private SimulatedServer server;

	private FailingSessionOperations operations;

	private DefaultSessionLeases leases;

	/** The failures are warnings: tens of thousands in a day. */
	@BeforeAll
	static void logOnlyErrors() {
		logger().setLevel(Level.ERROR);
	}

	@AfterAll
	static void logWarningsAgain() {
		logger().setLevel(null);
	}

	private static Logger logger() {
		return (Logger) LoggerFactory.getLogger(SessionLease.class);
	}

	private void simulate(long seed, double failures) {
		this.random = new Random(seed);
		this.server = new SimulatedServer(this.time, this.random);
		this.operations = new FailingSessionOperations(this.server, this.time);
		this.operations.failAll((operation) -> {
			// A day of them would not fit in the heap
			this.operations.calls.clear();
			boolean fails = !operation.equals("create") && !operation.equals("await")
					&& this.random.nextDouble() < failures;
			return fails ? fault() : SimulatedFailures.NONE;
		});
		this.leases = SessionLeasesBuilder.with(this.operations)
			.eventListener((event) -> this.events.computeIfAbsent(event.getSessionId(), (id) -> new ArrayList<>())
				.add(event.getType()))
			.eventListener((event) -> {
				if (event.getType() == Type.LOST && this.server.find(event.getSessionId()).isPresent()) {
					this.lostThoughThere.add(event.getSessionId());
				}
			})
			.build(this.time, new BackOff(this.random::nextDouble));
	}

	private Failure fault() {
		Failure fault = switch (this.random.nextInt(6)) {
			case 0 -> SimulatedFailures.REFUSED;
			case 1 -> SimulatedFailures.status(429, "slow down");
			case 2 -> SimulatedFailures.status(503, "busy");
			case 3 -> SimulatedFailures.statusAfterwards(500);
			case 4 -> SimulatedFailures.REQUEST_LOST;
			default -> SimulatedFailures.RESPONSE_LOST;
		};
		return (this.random.nextInt(5) > 0 || !this.slow) ? fault
				: fault.afterwards(this.time, Duration.ofMillis(this.random.nextInt(5000)));
	}

	private SessionLease open() {
		Duration limit = Duration.ofSeconds((this.random.nextInt(4) == 0) ? 60 + this.random.nextInt(72000)
				: 100_000 + this.random.nextInt(50_000));
		SessionLease lease = this.leases.open(LeaseFixture.REQUEST, LeaseOptions.builder().maxLifetime(limit).build());
		this.limits.put(lease.sessionId(), limit);
		return lease;
	}

	@Test
	void thousandLeasesForADayWithFivePercentFailures() {
		simulate(4711, 0.05);
		this.server.startup = Duration.ZERO;
		for (int i = 0; i < 1000; i++) {
			open();
			this.time.pass(Duration.ofMillis(this.random.nextInt(5000)));
		}
		this.time.pass(DAY);
		assertThat(this.leases.active()).hasSizeGreaterThan(700);
		assertThat(count()).doesNotContainKeys(Type.LOST, Type.CLOSE_UNCONFIRMED).containsKeys(Type.EXTENSION_FAILED);
		assertThat(this.leases.active()).allSatisfy((lease) -> assertThat(lease.isOpen()).isTrue());
		this.slow = false;
		this.leases.destroy();
		assertNothingLeftAndNothingBoughtTwice();
		assertThat(count()).doesNotContainKeys(Type.LOST, Type.CLOSE_UNCONFIRMED);
		assertThat(count()).containsEntry(Type.OPENED, 1000)
			.containsEntry(Type.READY, 1000)
			.containsEntry(Type.CLOSED, 1000);
		assertThat(count().get(Type.EXTENDED)).isGreaterThan(200_000);
	}

	/** A hundred leases for each fault of the server, and as many without one. */
	@Test
	void thousandLeasesForADayWithAServerWhosePartsFail() {
		simulate(815, 0.05);
		this.server.created = this::fault;
		for (int i = 0; i < 1000; i++) {
			Duration limit = Duration.ofSeconds(600 + this.random.nextInt(80_000));
			try {
				this.limits.put("s" + i, limit);
				this.leases.open(LeaseFixture.REQUEST, LeaseOptions.builder().maxLifetime(limit).build());
			}
			catch (ComfyDeployException ex) {
				// closed while it was starting
				assertThat(i % 10).isEqualTo(3);
			}
			this.time.pass(Duration.ofMillis(this.random.nextInt(5000)));
		}
		this.time.pass(DAY);
		this.time.pass(Duration.ofHours(1));
		this.leases.destroy();
		this.time.pass(Duration.ofMinutes(1));
		assertThat(this.lostThoughThere).isEmpty();
		assertThat(this.server.containers()).allSatisfy((session) -> {
			assertThat(session.closedWithoutContainer).isTrue();
			assertThat(this.events.get(session.id)).last().isEqualTo(Type.CLOSE_UNCONFIRMED);
		});
		assertThat(this.server.sessions.values()).filteredOn((session) -> session.closedWithoutContainer)
			.hasSizeBetween(5, 100)
			.allSatisfy((session) -> assertThat(this.events.get(session.id)).last().isEqualTo(Type.CLOSE_UNCONFIRMED));
		assertNothingLeftAndNothingBoughtTwice();
		assertThat(count().get(Type.LOST)).isNull();
		assertThat(count()).containsEntry(Type.OPENED, 1000);
		assertThat(count().get(Type.EXTENSION_FAILED)).isGreaterThan(1000);
	}

	private void fault(Rented session) {
		int number = Integer.parseInt(session.id.substring(1));
		Duration later = Duration.ofSeconds(this.random.nextInt(40_000));
		switch (number % 10) {
			case 0 -> {
				for (int i = 0; i < 20; i++) {
					Duration duration = Duration.ofSeconds(1 + this.random.nextInt(60));
					this.time.schedule(() -> session.failDeadlines(duration),
							Duration.ofSeconds(this.random.nextInt(40_000)));
				}
			}
			case 1 -> this.time.schedule(session::forgetDeadline, later);
			case 2 -> session.failCancels(1 + this.random.nextInt(4));
			case 3 -> {
				session.containerAt = this.time.elapsed().plusSeconds(this.random.nextInt(60));
				session.readyAt = session.containerAt.plusSeconds(5);
				this.time.pass(Duration.ofSeconds(10));
				this.time.schedule(() -> this.leases.active()
					.stream()
					.filter((lease) -> lease.sessionId().equals(session.id))
					.forEach(SessionLease::close), Duration.ofSeconds(this.random.nextInt(40)));
			}
			case 4 -> session.forgetDeadline();
			case 5 -> session.failDeadlines(Duration.ofSeconds(this.random.nextInt(90)));
			case 6 -> this.time.schedule(() -> session.failDeadlines(Duration.ofMinutes(1)),
					this.limits.get(session.id).minusSeconds(30));
			case 7 -> session.reduceGrant(Duration.ofSeconds(30 + this.random.nextInt(90)));
			default -> {
			}
		}
	}

	private void assertNothingLeftAndNothingBoughtTwice() {
		assertThat(this.server.running()).isEmpty();
		assertThat(this.leases.active()).isEmpty();
		assertThat(this.server.sessions.values()).allSatisfy((session) -> {
			assertThat(session.leftWhenExtended)
				.allSatisfy((left) -> assertThat(left).as(session.id).isLessThanOrEqualTo(RENEW_BEFORE));
			Duration limit = this.limits.get(session.id);
			if (limit != null) {
				assertThat(session.granted()).isLessThanOrEqualTo(limit);
			}
		});
	}

	private Map<Type, Integer> count() {
		Map<Type, Integer> count = new EnumMap<>(Type.class);
		this.events.values().forEach((types) -> types.forEach((type) -> count.merge(type, 1, Integer::sum)));
		return count;
	}

	@ParameterizedTest
	@ValueSource(longs = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 })
	void whenClosedAtARandomMomentNothingIsLeft(long seed) {
		simulate(seed, 0.05);
		boolean[] stopped = { false };
		this.time.schedule(() -> {
			stopped[0] = true;
			this.leases.stop();
		}, Duration.ofSeconds(this.random.nextInt(20_000)));
		while (!stopped[0] && this.limits.size() < 100) {
			try {
				open();
			}
			catch (ComfyDeployException ex) {
				// stopped meanwhile, or its life was over before it was ready
			}
		}
		this.time.pass(DAY);
		assertThat(stopped[0]).isTrue();
		assertNothingLeftAndNothingBoughtTwice();
		assertThat(count()).doesNotContainKeys(Type.LOST, Type.CLOSE_UNCONFIRMED);
		assertThat(this.server.sessions.values()).isNotEmpty()
			.allSatisfy((session) -> assertThat(this.events.get(session.id)).endsWith(Type.CLOSED));
	}

	/** Several tries are made before a lease is lost, however many of them fail. */
	@ParameterizedTest
	@ValueSource(doubles = { 0.4, 0.7, 0.9 })
	void leaseIsLostOnlyAfterManyTriesThatFailed(double failures) {
		simulate(42, failures);
		this.slow = false;
		this.operations.failAll((operation) -> SimulatedFailures.NONE);
		for (int i = 0; i < 100; i++) {
			this.leases.open(LeaseFixture.REQUEST, LeaseOptions.builder().maxLifetime(DAY).build());
		}
		this.operations
			.failAll((operation) -> (this.random.nextDouble() < failures) ? fault() : SimulatedFailures.NONE);
		this.time.pass(Duration.ofHours(12));
		this.events.forEach((id, types) -> {
			if (types.contains(Type.LOST)) {
				int lost = types.indexOf(Type.LOST);
				assertThat(types.subList(Math.max(0, lost - 4), lost)).as(id).containsOnly(Type.EXTENSION_FAILED);
			}
		});
		this.operations.failAll((operation) -> SimulatedFailures.NONE);
		this.leases.destroy();
		assertThat(this.server.sessions.values()).extracting(Rented::isGone).doesNotContain(false);
		this.server.sessions.values()
			.forEach((session) -> assertThat(session.leftWhenExtended)
				.allSatisfy((left) -> assertThat(left).isLessThanOrEqualTo(RENEW_BEFORE)));
	}

}
