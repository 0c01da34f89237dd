package com.comfydeploy.lease;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.RunningContainer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Base class for tests in which a JVM that holds 20 leases is killed at a certain moment,
 * and a second one cleans up. The processes and the time are real. Another user has
 * sessions on the same machines.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AbstractLeaseKillTests {

	private static final int LEASES = 20;

	/** The threads that open leases. */
	private static final int THREADS = 4;

	/** Three leases on each. */
	private static final int MACHINES = 7;

	private static final Duration TIMEOUT = Duration.ofMinutes(10);

	/** Longer ago than a session can be created for a lease that is opened now. */
	private static final Duration LONG_AGO = Duration.ofMinutes(6);

	/** Within it the server may not know the container of a session. */
	private static final Duration SLOW_START = Duration.ofSeconds(15);

	private static final Duration QUIET = Duration.ofSeconds(3);

	/** For the takeover and all cancels. */
	private static final Duration CLEANUP = Duration.ofSeconds(5);

	private static final Duration USUAL_START = Duration.ofSeconds(2);

	/**
	 * A machine so slow may not close a session within 20 seconds, which usually takes
	 * half a second, and says so. It must be closed later.
	 */
	private static final double OVERLOAD = 10;

	private final Map<KillMoment, String> figures = new ConcurrentSkipListMap<>();

	private final Map<KillMoment, Duration> times = new ConcurrentSkipListMap<>();

	/**
	 * Return the id of all JVMs, or {@code null} for random ones.
	 */
	@Nullable String instance() {
		return "web-0";
	}

	/**
	 * Return when a JVM is known to be dead at the latest.
	 */
	Duration detection() {
		return Duration.ZERO;
	}

	/**
	 * Return where the leases of one run are remembered.
	 */
	abstract String newStore();

	@ParameterizedTest
	@EnumSource
	void successorLeavesNothingRunningThatItDoesNotHold(KillMoment moment) throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder()
			.clock(Clock.offset(Clock.systemUTC(), LONG_AGO.negated()))
			.startup(moment.plan.startup)
			.start()) {
			new Run(fake, moment).run();
		}
	}

	@AfterAll
	void printFigures() {
		this.figures
			.forEach((moment, figure) -> System.out.println(getClass().getSimpleName() + " " + moment + ": " + figure));
		List<Duration> times = this.times.values().stream().sorted().toList();
		if (!times.isEmpty()) {
			System.out.printf("%s: last cancel after %.1f s in the median, %.1f s at most%n",
					getClass().getSimpleName(), seconds(times.get(times.size() / 2)),
					seconds(times.get(times.size() - 1)));
		}
	}

	private static double seconds(Duration duration) {
		return duration.toMillis() / 1000.0;
	}

	private static Set<String> running(FakeComfyDeploy fake) {
		return fake.containers()
			.stream()
			.map(RunningContainer::sessionId)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	/**
	 * One moment.
	 */
	private final class Run {

		private final FakeComfyDeploy fake;

		private final KillMoment.Plan plan;

		private final KillMoment moment;

		private final String store = newStore();

		private final long seed = new Random().nextLong();

		private final Random random = new Random(this.seed);

		private final Set<String> others = new TreeSet<>();

		private @Nullable CallGate lateGate;

		private Duration startTook = Duration.ZERO;

		/** On a slow machine the moment can come before all leases are opened. */
		private boolean killedWhileOpening;

		/** The lease of an open that failed because the store was slow may be written. */
		private int failedOpens;

		private long killedAt;

		private int cancels;

		private long lastCancelAt;

		private long differentSince;

		Run(FakeComfyDeploy fake, KillMoment moment) {
			this.fake = fake;
			this.moment = moment;
			this.plan = moment.plan;
		}

		void run() throws Exception {
			createOthers();
			if (instance() != null || this.plan.recovery != null) {
				kill(this.plan, LEASES, "");
				if (this.plan.recovery != null) {
					kill(this.plan.recovery, 0, "the second JVM");
				}
				try (HolderJvm successor = start(this.fake.getBaseUrl())) {
					awaitAndCheck(successor);
				}
			}
			else {
				// Another one, which lives on
				try (HolderJvm successor = start(this.fake.getBaseUrl())) {
					kill(this.plan, LEASES, "");
					awaitAndCheck(successor);
				}
			}
		}

		/**
		 * Create sessions of somebody else: of the same shape long ago, of another shape
		 * now, and of the same shape now on the last machine, whose leases are all known
		 * by the session's id or not opened yet.
		 */
		private void createOthers() throws Exception {
			SessionOperations operations = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
				.baseUrl(this.fake.getBaseUrl())
				.build();
			for (int i = 1; i <= MACHINES; i++) {
				String sessionId = create(operations, i, TIMEOUT);
				operations.increaseTimeout(sessionId, TIMEOUT);
			}
			this.fake.advance(LONG_AGO);
			for (int i = 1; i <= MACHINES; i++) {
				create(operations, i, TIMEOUT.multipliedBy(2));
			}
			if (!this.plan.random) {
				create(operations, MACHINES, TIMEOUT);
			}
			((DisposableBean) operations).destroy();
		}

		private String create(SessionOperations operations, int machine, Duration timeout) {
			String sessionId = operations
				.create(CreateSessionRequest.forMachine("00000000-0000-4000-8000-00000000000" + machine)
					.timeout(timeout)
					.build())
				.sessionId();
			this.others.add(sessionId);
			return sessionId;
		}

		private HolderJvm start(String url, String... more) throws Exception {
			String instance = instance();
			List<String> arguments = new ArrayList<>(
					List.of("extension=PT10M", "onOrphan=" + (this.plan.adopting ? "ADOPT" : "CANCEL")));
			if (instance != null) {
				arguments.add("instance=" + instance);
			}
			arguments.addAll(List.of(more));
			long begin = System.nanoTime();
			HolderJvm jvm = HolderJvm.start(this.fake, url, this.store, arguments.toArray(String[]::new));
			this.startTook = Duration.ofNanos(System.nanoTime() - begin);
			return jvm;
		}

		private void kill(KillMoment.Plan plan, int leases, String who) throws Exception {
			List<String> arguments = new ArrayList<>(List.of(plan.arguments));
			arguments.add("open=" + leases);
			if (plan.storeMoment != null) {
				arguments.add("hold=" + plan.storeMoment);
			}
			CallGate gate = (plan.call != null) ? CallGate.holding(this.fake, plan.call) : null;
			boolean late = plan.late;
			try (HolderJvm jvm = start((gate != null) ? gate.baseUrl() : this.fake.getBaseUrl(),
					arguments.toArray(String[]::new))) {
				awaitMoment(plan, gate, jvm, who);
				this.killedWhileOpening |= leases > 0 && !jvm.hasPrinted("opened");
				jvm.kill();
				this.killedAt = System.nanoTime();
				this.failedOpens += jvm.count("FAILED");
			}
			finally {
				if (gate != null && !late) {
					gate.close();
				}
			}
			if (late) {
				this.lateGate = gate;
			}
		}

		private void awaitMoment(KillMoment.Plan plan, @Nullable CallGate gate, HolderJvm jvm, String who)
				throws InterruptedException {
			HolderJvm.await("the moment " + this.moment + " " + who, HolderJvm.SLOW, () -> {
				if (gate != null) {
					return gate.isReached();
				}
				if (plan.storeMoment != null) {
					return jvm.hasPrinted("reached");
				}
				return jvm.hasPrinted((plan.random && plan.opening) ? "started" : "opened");
			});
			if (plan.random) {
				HolderJvm.pass(Duration.ofMillis(this.random.nextInt(plan.opening ? 1000 : 3000)));
			}
		}

		private void awaitAndCheck(HolderJvm successor) throws Exception {
			long startedAt = System.nanoTime();
			long from = Math.max(startedAt, this.killedAt);
			this.lastCancelAt = this.killedAt;
			this.cancels = this.fake.requests("cancel").size();
			this.differentSince = from;
			MachineLoad load = new MachineLoad();
			try {
				HolderJvm.await("the end of what it does not hold", HolderJvm.SLOW, () -> {
					load.sample();
					forwardLate();
					watch(successor);
					return System.nanoTime() - this.differentSince > QUIET.toNanos() && isStoreAsExpected(successor);
				});
			}
			catch (AssertionError ex) {
				throw new AssertionError(ex.getMessage() + " at " + this.moment + ", seed " + this.seed + ", others "
						+ this.others + ", running " + running(this.fake) + ", stored " + HolderStore.read(this.store)
						+ "\n" + successor.lines() + "\n" + String.join("\n", successor.log()), ex);
			}
			finally {
				if (this.lateGate != null) {
					this.lateGate.close();
				}
			}
			Duration sinceKill = Duration.ofNanos(this.lastCancelAt - this.killedAt);
			Duration sinceStart = Duration.ofNanos(this.lastCancelAt - from);
			AbstractLeaseKillTests.this.figures.put(this.moment,
					"%d creates, %d cancels, the last %.1f s after the kill, %.1f s after the start of a JVM that took %.1f s"
						.formatted(this.fake.requests("create").size() - this.others.size(),
								this.fake.requests("cancel").size(), seconds(sinceKill), seconds(sinceStart),
								seconds(this.startTook)));
			assertThat(running(this.fake)).containsAll(this.others);
			assertThat(this.fake.requests("cancel"))
				.noneMatch((request) -> this.others.stream().anyMatch((other) -> request.path().contains(other)));
			if (load.factor() < OVERLOAD) {
				assertThat(successor.lines()).noneMatch((line) -> line.startsWith("CLOSE_UNCONFIRMED"));
			}
			Set<String> held = held(successor);
			assertThat(held).hasSize(this.plan.adopting ? LEASES : 0);
			successor.kill();
			assertStore(held);
			assertThat(sinceStart).isLessThan(limit(load));
			if (!this.plan.adopting) {
				AbstractLeaseKillTests.this.times.put(this.moment, sinceStart);
			}
		}

		/**
		 * Return how long the last cancel may take from the death of the first JVM and
		 * the start of the second, whatever is later. A machine that starts JVMs slowly,
		 * or has too much to do, gets more time in proportion.
		 */
		private Duration limit(MachineLoad load) {
			double slowness = Math.max(load.factor(), (double) this.startTook.toMillis() / USUAL_START.toMillis());
			boolean slowSessions = this.plan.startup.compareTo(SLOW_START) > 0 && instance() != null;
			return detection().plusMillis((long) (CLEANUP.toMillis() * slowness))
				.plus(load.stalled())
				.plus(slowSessions ? SLOW_START : Duration.ZERO);
		}

		/**
		 * Let a create arrive when it has been looked for, so that it is looked for
		 * again.
		 */
		private void forwardLate() {
			if (this.lateGate != null
					&& (!this.plan.opening || instance() == null || !this.fake.requests("list").isEmpty())) {
				this.lateGate.forward();
			}
		}

		private void watch(HolderJvm successor) {
			long now = System.nanoTime();
			int cancels = this.fake.requests("cancel").size();
			if (cancels != this.cancels) {
				this.cancels = cancels;
				this.lastCancelAt = now;
				this.differentSince = now;
			}
			Set<String> held = held(successor);
			Set<String> expected = new TreeSet<>(this.others);
			expected.addAll(held);
			boolean over = running(this.fake).equals(expected)
					&& (this.lateGate == null || !this.plan.opening || createsArrived());
			if (!over || held.size() != (this.plan.adopting ? LEASES : 0)) {
				this.differentSince = now;
			}
		}

		private boolean createsArrived() {
			return this.fake.requests("create").size() >= this.others.size() + 8;
		}

		private static Set<String> held(HolderJvm jvm) {
			Set<String> held = new TreeSet<>();
			for (String line : jvm.lines()) {
				String[] words = line.split(" ");
				if (words[0].equals("RECOVERED")) {
					held.add(words[1]);
				}
				else if (Set.of("CLOSED", "LOST", "EXPIRED").contains(words[0])) {
					held.remove(words[1]);
				}
			}
			return held;
		}

		/**
		 * Nothing stays in the store but what is held, and what may have been created and
		 * was not: at most one lease of each thread that opened some, and those of failed
		 * opens.
		 */
		private void assertStore(Set<String> held) {
			List<StoredLease> leases = HolderStore.read(this.store);
			assertThat(leases).extracting(StoredLease::sessionId)
				.filteredOn((sessionId) -> sessionId != null)
				.containsExactlyInAnyOrderElementsOf(held);
			assertThat(leases)
				.hasSizeLessThanOrEqualTo(held.size() + (this.killedWhileOpening ? THREADS : 0) + this.failedOpens);
		}

		/** A lease is removed only after its session is known to have ended. */
		private boolean isStoreAsExpected(HolderJvm successor) {
			try {
				assertStore(held(successor));
				return true;
			}
			catch (AssertionError ex) {
				return false;
			}
		}

	}

}
