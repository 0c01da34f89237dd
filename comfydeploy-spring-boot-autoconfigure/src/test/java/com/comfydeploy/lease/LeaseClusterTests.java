package com.comfydeploy.lease;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.RunningContainer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the limits of JVMs that share one PostgreSQL, with real processes and in real
 * time.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class LeaseClusterTests {

	private static final int JVMS = 10;

	private static final int MAX_OPEN = 7;

	private static final int MAX_MINUTES = 100;

	private static final Duration LONG_SESSION = Duration.ofSeconds(40);

	@Test
	void maxOpenHoldsForTenJvmsWhateverFails() throws Exception {
		try (Cluster cluster = new Cluster()) {
			cluster.failSometimes();
			for (int i = 0; i < JVMS; i++) {
				cluster.start("churn=50", "maxOpen=" + MAX_OPEN, "acquireTimeout=PT20M", "failures=0.05");
			}
			cluster.awaitAll("churned", Duration.ofMinutes(10));
			Duration over = HolderJvm.await("the end of all leases", HolderJvm.SLOW,
					() -> cluster.fake.containers().isEmpty() && cluster.leases() == 0);
			System.out.printf(
					"LeaseClusterTests: at most %d sessions of %d, %d creates, %d leases failed: %s, "
							+ "%d reported, %d s until none was left%n",
					cluster.most.get(), MAX_OPEN, cluster.fake.requests("create").size(),
					cluster.lines("FAILED").size(), Set.copyOf(cluster.lines("FAILED")), cluster.lines("REPORT").size(),
					over.toSeconds());
			assertThat(cluster.most).hasValue(MAX_OPEN);
			assertThat(cluster.lines("REFUSED")).isEmpty();
			cluster.fake.clearFaults();
			HolderJvm all = cluster.start("open=" + MAX_OPEN, "maxOpen=" + MAX_OPEN);
			all.await("opened", 1, HolderJvm.SLOW);
			assertThat(cluster.fake.containers()).hasSize(MAX_OPEN);
		}
	}

	@Test
	void maxMinutesHoldForTenJvmsWhateverFails() throws Exception {
		try (Cluster cluster = new Cluster()) {
			cluster.failSometimes();
			for (int i = 0; i < JVMS; i++) {
				cluster.start("churn=50", "longest=2500", "maxMinutes=" + MAX_MINUTES, "renewBefore=PT59S",
						"failures=0.05");
			}
			cluster.awaitAll("churned", Duration.ofMinutes(10));
			HolderJvm.await("the end of all leases", HolderJvm.SLOW,
					() -> cluster.fake.containers().isEmpty() && cluster.leases() == 0);
			System.out.printf(
					"LeaseClusterTests: at most %d minutes of %d, %d sessions, %d extensions, %d of them without a "
							+ "reservation, %d minutes counted%n",
					cluster.mostMinutes.get(), MAX_MINUTES, cluster.sessions(),
					cluster.fake.requests("increase-timeout").size(), cluster.lines("UNRESERVED").size(),
					cluster.minutes());
			cluster.assertMinutesAreReserved();
			assertThat(cluster.lines("REFUSED")).isNotEmpty();
			// A part of a minute counts, and a slow machine needs a second one now and
			// then
			assertThat(cluster.minutes()).isBetween(cluster.sessions(), cluster.sessions() + cluster.longSessions());
			cluster.fake.clearFaults();
			int left = MAX_MINUTES - cluster.minutes();
			HolderJvm last = cluster.start("churn=" + (left + 5), "longest=1", "maxMinutes=" + MAX_MINUTES);
			last.await("churned", 1, HolderJvm.SLOW);
			assertThat(last.lines()).contains("churned " + left);
			assertThat(last.count("REFUSED")).isEqualTo(5);
			assertThat(cluster.minutes()).isEqualTo(MAX_MINUTES);
			cluster.assertMinutesAreReserved();
			assertThat(cluster.mostMinutes.get()).isGreaterThanOrEqualTo(MAX_MINUTES - cluster.longSessions());
		}
	}

	@Test
	void placesOfDeadJvmComeBackWhenItsLeasesAreCancelled() throws Exception {
		try (Cluster cluster = new Cluster()) {
			killOneThatHasAllPlaces(cluster, OrphanPolicy.CANCEL, Duration.ofMinutes(10));
			assertThat(cluster.fake.requests("cancel")).hasSize(MAX_OPEN);
		}
	}

	@Test
	void placesOfDeadJvmComeBackWhenItsLeasesAreReported() throws Exception {
		try (Cluster cluster = new Cluster()) {
			killOneThatHasAllPlaces(cluster, OrphanPolicy.REPORT, Duration.ofMinutes(1));
			assertThat(cluster.fake.requests("cancel")).isEmpty();
			assertThat(cluster.lines("REPORT")).hasSize(MAX_OPEN);
		}
	}

	@Test
	void leaseThatTwoJvmsTakeOverHasOneHolder() throws Exception {
		try (Cluster cluster = new Cluster()) {
			HolderJvm holder = cluster.start("instance=web-0", "open=" + MAX_OPEN, "extension=PT10M");
			holder.await("opened", 1, HolderJvm.SLOW);
			HolderJvm slow = cluster.start("hold=before takeOver 1");
			holder.kill();
			slow.await("reached", 1, HolderJvm.SLOW);
			HolderJvm fast = cluster.start("instance=web-0", "onOrphan=ADOPT");
			fast.await("READY", MAX_OPEN, HolderJvm.SLOW);
			slow.proceed();
			HolderJvm.pass(Duration.ofSeconds(12));
			assertThat(slow.count("RECOVERED")).isZero();
			assertThat(fast.count("LOST")).isZero();
			assertThat(cluster.fake.requests("cancel")).isEmpty();
			assertThat(cluster.fake.containers()).hasSize(MAX_OPEN);
		}
	}

	private static void killOneThatHasAllPlaces(Cluster cluster, OrphanPolicy onOrphan, Duration extension)
			throws Exception {
		HolderJvm holder = cluster.start("open=" + MAX_OPEN, "maxOpen=" + MAX_OPEN, "acquireTimeout=PT20M",
				"extension=" + extension);
		holder.await("opened", 1, HolderJvm.SLOW);
		holder.kill();
		long killed = System.nanoTime();
		HolderJvm successor = cluster.start("open=" + MAX_OPEN, "firstMachine=5", "maxOpen=" + MAX_OPEN,
				"acquireTimeout=PT20M", "extension=PT10M", "onOrphan=" + onOrphan);
		successor.await("opened", 1, HolderJvm.SLOW.multipliedBy(2));
		System.out.printf("LeaseClusterTests: %d places came back by %s %d s after the kill%n", MAX_OPEN, onOrphan,
				Duration.ofNanos(System.nanoTime() - killed).toSeconds());
		assertThat(cluster.most).hasValue(MAX_OPEN);
		assertThat(cluster.fake.containers()).hasSize(MAX_OPEN);
		assertThat(cluster.leases()).isEqualTo(MAX_OPEN);
	}

	/**
	 * JVMs that share a PostgreSQL and a fake. The running containers are counted after
	 * each call, because only a call can increase their number.
	 */
	private static final class Cluster implements AutoCloseable {

		private final FakeComfyDeploy fake = FakeComfyDeploy.builder().shutdown(Duration.ofMillis(50)).start();

		private final String store = Postgres.start().newDatabase();

		private final JdbcTemplate jdbc = new JdbcTemplate(new DriverManagerDataSource(this.store));

		private final CallGate gate = CallGate.open(this.fake, this::count);

		private final List<HolderJvm> jvms = new ArrayList<>();

		private final AtomicInteger most = new AtomicInteger();

		private final AtomicInteger mostMinutes = new AtomicInteger();

		/**
		 * The minutes of each session that was ever seen: those granted while it runs.
		 */
		private final Map<String, Integer> minutes = new ConcurrentHashMap<>();

		/** The same, each time that there were more minutes than the maximum. */
		private final List<Map<String, Integer>> excesses = new CopyOnWriteArrayList<>();

		/** Time at which each session was seen first. */
		private final Map<String, Long> seenAt = new ConcurrentHashMap<>();

		/** The sessions that ran for so long that a second minute may count. */
		private final Set<String> longSessions = ConcurrentHashMap.newKeySet();

		Cluster() throws IOException {
		}

		void failSometimes() {
			this.fake.fail(Fault.status(503).on("get", "list", "cancel", "increase-timeout").randomly(0.05, 1));
			this.fake.fail(Fault.status(429).on("create").randomly(0.02, 2));
			this.fake.fail(Fault.drop().carriedOut().on("create", "cancel").randomly(0.03, 3));
		}

		HolderJvm start(String... arguments) throws Exception {
			HolderJvm jvm = HolderJvm.start(this.fake, this.gate.baseUrl(), this.store, arguments);
			this.jvms.add(jvm);
			return jvm;
		}

		private synchronized void count() {
			Map<String, Integer> running = new ConcurrentHashMap<>();
			for (RunningContainer container : this.fake.containers()) {
				Duration granted = Duration.between(container.startsAt(), container.endsAt());
				running.put(container.sessionId(), Math.max(1, (int) granted.plusSeconds(1).toMinutes()));
			}
			this.most.accumulateAndGet(running.size(), Math::max);
			this.minutes.replaceAll((sessionId, granted) -> running.getOrDefault(sessionId, 1));
			this.minutes.putAll(running);
			long now = System.nanoTime();
			for (String sessionId : running.keySet()) {
				if (now - this.seenAt.computeIfAbsent(sessionId, (id) -> now) > LONG_SESSION.toNanos()) {
					this.longSessions.add(sessionId);
				}
			}
			int sum = sum(this.minutes);
			this.mostMinutes.accumulateAndGet(sum, Math::max);
			if (sum > MAX_MINUTES) {
				this.excesses.add(Map.copyOf(this.minutes));
			}
		}

		/**
		 * Assert that at each time there were no more minutes than the maximum, except
		 * for the extensions of a JVM that could not reach the store.
		 */
		void assertMinutesAreReserved() {
			Map<String, Integer> unreserved = unreserved();
			assertThat(this.excesses).allSatisfy((excess) -> {
				int explained = unreserved.entrySet()
					.stream()
					.mapToInt((entry) -> Math.min(entry.getValue(), excess.getOrDefault(entry.getKey(), 1) - 1))
					.sum();
				assertThat(sum(excess) - explained)
					.as("minutes of %s without %s", extended(excess), lines("UNRESERVED"))
					.isLessThanOrEqualTo(MAX_MINUTES);
			});
			assertThat(lines("UNRESERVED")).noneMatch((line) -> line.endsWith(UnreservedExtensions.NO_REASON));
		}

		/**
		 * Return the minutes of each session for which a JVM has sent an extension while
		 * the store was unavailable.
		 */
		private Map<String, Integer> unreserved() {
			return lines("UNRESERVED").stream()
				.map((line) -> line.split(" "))
				.collect(Collectors.toMap((line) -> line[1], (line) -> Integer.valueOf(line[2]), Math::max));
		}

		private static Map<String, Integer> extended(Map<String, Integer> minutes) {
			Map<String, Integer> extended = new HashMap<>(minutes);
			extended.values().removeIf((granted) -> granted == 1);
			return extended;
		}

		private static int sum(Map<String, Integer> minutes) {
			return minutes.values().stream().mapToInt(Integer::intValue).sum();
		}

		/**
		 * Return how many sessions there ever were.
		 */
		int sessions() {
			return this.minutes.size();
		}

		int longSessions() {
			return this.longSessions.size();
		}

		void awaitAll(String line, Duration timeout) throws InterruptedException {
			for (HolderJvm jvm : this.jvms) {
				jvm.await(line, 1, timeout);
			}
		}

		Collection<String> lines(String beginning) {
			return this.jvms.stream()
				.flatMap((jvm) -> jvm.lines().stream())
				.filter((line) -> line.startsWith(beginning))
				.toList();
		}

		int leases() {
			return query("SELECT COUNT(*) FROM COMFYDEPLOY_LEASE WHERE PHASE <> 'REMOVED'");
		}

		int minutes() {
			return query("SELECT SUM(MINUTES) FROM COMFYDEPLOY_LEASE");
		}

		private int query(String sql) {
			Integer result = this.jdbc.queryForObject(sql, Integer.class);
			return (result != null) ? result : 0;
		}

		@Override
		public void close() throws Exception {
			for (HolderJvm jvm : this.jvms) {
				jvm.close();
			}
			this.gate.close();
			this.fake.close();
		}

	}

}
