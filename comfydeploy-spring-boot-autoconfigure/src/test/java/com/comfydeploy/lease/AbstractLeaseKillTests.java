package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.RunningContainer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A JVM that holds leases is killed at a random moment, and a second one cleans up: real
 * processes, real time.
 */
abstract class AbstractLeaseKillTests {

	private static final int LEASES = Integer.getInteger("leases.kill.leases", 8);

	/**
	 * Return how many moments to try.
	 */
	int moments() {
		return Moment.values().length;
	}

	/**
	 * Return the id of both JVMs, or {@code null} for random ones.
	 */
	String instance() {
		return "web-0";
	}

	/**
	 * Return where the leases of one run are remembered.
	 */
	abstract String newStore() throws Exception;

	@Test
	void successorLeavesNothingRunningThatItDoesNotHold() throws Exception {
		int moments = Integer.getInteger("leases.kill.moments", moments());
		long seed = Long.getLong("leases.kill.seed", new Random().nextLong());
		System.out.println(getClass().getSimpleName() + ": " + moments + " moments of seed " + seed);
		Random random = new Random(seed);
		List<Duration> times = new ArrayList<>();
		for (int i = 0; i < moments; i++) {
			times.add(killAndRecover(Moment.values()[i % Moment.values().length], random));
		}
		System.out.println(getClass().getSimpleName() + ": seconds from the kill to the last cancel: "
				+ times.stream()
					.sorted()
					.map((time) -> String.format("%.1f", time.toMillis() / 1000.0))
					.collect(Collectors.joining(" ")));
	}

	private Duration killAndRecover(Moment moment, Random random) throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().startup(moment.startup).start()) {
			SessionOperations operations = SessionOperationsBuilder.authorizedBy(fake::getBearer)
				.baseUrl(fake.getBaseUrl())
				.build();
			Set<String> others = new TreeSet<>();
			for (int i = 1; i <= 5; i++) {
				others.add(
						operations
							.create(CreateSessionRequest.forMachine("00000000-0000-4000-8000-00000000000" + i)
								.timeout(Duration.ofMinutes(20))
								.build())
							.sessionId());
			}
			String store = newStore();
			String instance = instance();
			try (HolderJvm holder = start(fake, store, instance, "open=" + LEASES,
					"close=" + ((moment == Moment.CLOSING) ? LEASES / 2 : 0),
					"renewBefore=" + ((moment == Moment.EXTENDING) ? "PT58S" : "PT30S"))) {
				moment.await(fake, holder, random);
				holder.kill();
			}
			fake.clearFaults();
			long killed = System.nanoTime();
			try (HolderJvm successor = start(fake, store, instance)) {
				Duration limit = Duration.ofSeconds((instance != null) ? 40 : 100);
				HolderJvm.await("the end of the sessions at " + moment + " (" + successor.lines() + ")", limit,
						() -> running(fake).equals(others) && isQuiet(fake, operations, others));
				Duration took = Duration.ofNanos(System.nanoTime() - killed);
				// A create that arrives late must not stay either
				HolderJvm.await("silence", Duration.ofSeconds(20),
						() -> System.nanoTime() - killed > took.plusSeconds(3).toNanos()
								&& running(fake).equals(others));
				System.out.println(getClass().getSimpleName() + " " + moment + ": " + took.toMillis() + " ms, "
						+ fake.requests("create").size() + " creates, "
						+ successor.lines().stream().filter((line) -> line.startsWith("RECOVERED")).count()
						+ " recovered");
				assertThat(fake.requests("cancel"))
					.noneMatch((request) -> others.stream().anyMatch((other) -> request.path().contains(other)));
				assertThat(successor.lines()).noneMatch((line) -> line.startsWith("CLOSE_UNCONFIRMED"));
				return took;
			}
			finally {
				((DisposableBean) operations).destroy();
			}
		}
	}

	private static boolean isQuiet(FakeComfyDeploy fake, SessionOperations operations, Set<String> others) {
		return operations.list().size() == others.size();
	}

	private static Set<String> running(FakeComfyDeploy fake) {
		return fake.containers()
			.stream()
			.map(RunningContainer::sessionId)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static HolderJvm start(FakeComfyDeploy fake, String store, String instance, String... more)
			throws Exception {
		List<String> arguments = new ArrayList<>(List.of("url=" + fake.getBaseUrl(), "bearer=" + fake.getBearer(),
				"store=" + store, "instance=" + ((instance != null) ? instance : UUID.randomUUID())));
		arguments.addAll(List.of(more));
		HolderJvm jvm = new HolderJvm(arguments.toArray(String[]::new));
		HolderJvm.await("the start of a JVM", Duration.ofSeconds(60), () -> jvm.hasPrinted("started"));
		return jvm;
	}

	/**
	 * When the JVM is killed.
	 */
	enum Moment {

		/** Some creates have been answered, others not been sent. */
		OPENING(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				awaitRequests(fake, "create", 5 + random.nextInt(LEASES - 1));
			}

		},

		/** A create is under way, and carried out after the JVM has died. */
		BEFORE_THE_CREATE(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				int carriedOut = random.nextInt(LEASES / 2);
				awaitRequests(fake, "create", 5 + carriedOut);
				fake.fail(Fault.delay(Duration.ofMillis(300)).on("create").times(4));
				awaitRequests(fake, "create", Math.min(5 + LEASES, 5 + carriedOut + 2));
			}

		},

		/** A create has been carried out, and its response not been read. */
		BEFORE_THE_RESPONSE(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				fake.fail(Fault.delay(Duration.ofMinutes(10)).carriedOut().on("create").times(1));
				awaitRequests(fake, "create", 6 + random.nextInt(LEASES / 2));
			}

		},

		/** All sessions are starting. */
		STARTING(Duration.ofSeconds(8)) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				awaitRequests(fake, "create", 5 + 4);
			}

		},

		/** All are held. */
		HOLDING(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				awaitOpened(holder);
			}

		},

		/** Some are being extended. */
		EXTENDING(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				if (random.nextBoolean()) {
					fake.fail(Fault.delay(Duration.ofSeconds(10)).carriedOut().on("increase-timeout").times(3));
				}
				awaitOpened(holder);
				awaitRequests(fake, "increase-timeout", 1 + random.nextInt(LEASES));
			}

		},

		/** Some are being closed. */
		CLOSING(Duration.ZERO) {

			@Override
			void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception {
				fake.fail(Fault.delay(Duration.ofMillis(200)).on("cancel").always());
				awaitOpened(holder);
				awaitRequests(fake, "cancel", 1 + random.nextInt(LEASES / 2));
			}

		};

		private final Duration startup;

		Moment(Duration startup) {
			this.startup = startup;
		}

		abstract void await(FakeComfyDeploy fake, HolderJvm holder, Random random) throws Exception;

		private static void awaitRequests(FakeComfyDeploy fake, String operation, int count) throws Exception {
			HolderJvm.await(count + " calls of " + operation, Duration.ofSeconds(60),
					() -> fake.requests(operation).size() >= count);
		}

		private static void awaitOpened(HolderJvm holder) throws Exception {
			HolderJvm.await("the opening of all leases", Duration.ofSeconds(60), () -> holder.hasPrinted("opened"));
		}

	}

}
