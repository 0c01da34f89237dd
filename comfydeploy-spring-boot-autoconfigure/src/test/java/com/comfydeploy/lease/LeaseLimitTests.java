package com.comfydeploy.lease;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENSION_FAILED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for limits that hold for all leases together.
 */
class LeaseLimitTests {

	private static final UnaryOperator<SessionLeasesBuilder> TWO = (builder) -> builder
		.limits(new LeaseLimits(2, null));

	@Test
	void whenMaxOpenIsReachedNothingIsSent() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm first = fixture.start(TWO);
			Jvm second = fixture.start(TWO);
			SessionLease lease = first.open();
			second.open();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(first::open)
				.withMessageContaining("comfydeploy.lease.max-open")
				.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse())
				.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("create"));
			assertThat(first.refusals).containsExactly(StoreResult.MAX_OPEN_REACHED);
			assertThat(fixture.paths("create")).hasSize(2);
			lease.close();
			second.open();
			assertThat(fixture.running()).hasSize(2);
		}
	}

	@Test
	void placeIsWaitedFor() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start(TWO);
			holder.open();
			holder.open(LeaseOptions.builder().maxLifetime(Duration.ofMinutes(5)));
			Jvm waiting = fixture.start((builder) -> TWO.apply(builder).acquireTimeout(Duration.ofMinutes(6)));
			SessionLease lease = waiting.open();
			assertThat(lease.isOpen()).isTrue();
			assertThat(fixture.time.elapsed()).isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
			assertThat(waiting.refusals).isEmpty();
		}
	}

	@Test
	void placeIsNotWaitedForLongerThanConfigured() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm holder = fixture.start(TWO);
			holder.open();
			holder.open();
			Jvm waiting = fixture.start((builder) -> TWO.apply(builder).acquireTimeout(Duration.ofSeconds(10)));
			Duration before = fixture.time.elapsed();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(waiting::open);
			assertThat(fixture.time.elapsed().minus(before)).isEqualTo(Duration.ofSeconds(10));
		}
	}

	@Test
	void placeOfARejectedCreateIsFree() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start(TWO);
			fixture.fake.fail(Fault.status(403).on("create").times(3));
			for (int i = 0; i < 3; i++) {
				assertThatExceptionOfType(ComfyDeployApiException.Forbidden.class).isThrownBy(jvm::open);
			}
			assertThat(fixture.store.findAll()).isEmpty();
			jvm.open();
		}
	}

	@Test
	void placeOfACreateWithUnknownOutcomeIsTaken() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start(TWO);
			fixture.fake.fail(Fault.status(504).on("create").times(2));
			for (int i = 0; i < 2; i++) {
				assertThatExceptionOfType(ComfyDeployApiException.ServerError.class).isThrownBy(jvm::open);
			}
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofMinutes(8));
			jvm.open();
		}
	}

	@Test
	void extensionIsNotSentWhenTheMinutesAreUsedUp() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 12)));
			SessionLease first = jvm.open();
			jvm.open();
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			assertThat(jvm.types()).startsWith(OPENED, READY, OPENED, READY).contains(EXTENSION_FAILED);
			assertThat(jvm.events).filteredOn((event) -> event.getType() == EXTENSION_FAILED)
				.allSatisfy((event) -> assertThat(event.getFailure()).isInstanceOf(LeaseLimitException.class)
					.hasMessageContaining("max-gpu-minutes-per-day"));
			first.close();
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
			jvm.leases
				.open(CreateSessionRequest.forMachine(StoreFixture.MACHINE).timeout(Duration.ofMinutes(1)).build())
				.close();
		}
	}

	@Test
	void closedLeaseCountsTheMinutesItHasUsed() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 7)));
			SessionLease lease = jvm.open();
			fixture.time.pass(Duration.ofSeconds(61));
			lease.close();
			jvm.open();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
		}
	}

	@ParameterizedTest
	@EnumSource(names = "REPORT", mode = EnumSource.Mode.EXCLUDE)
	void sessionThatEndedBeforeItsTakeoverCountsItsMinutes(OrphanPolicy onOrphan) throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			UnaryOperator<SessionLeasesBuilder> settings = (
					builder) -> builder.instanceId("fixed").onOrphan(onOrphan).limits(new LeaseLimits(null, 10));
			Jvm dead = fixture.start(settings);
			dead.open();
			dead.kill();
			fixture.time.pass(Duration.ofHours(3));
			assertThat(fixture.running()).isEmpty();
			Jvm successor = fixture.start(settings);
			fixture.time.pass(Duration.ofSeconds(30));
			assertThat(fixture.store.findAll()).isEmpty();
			successor.open();
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(successor::open);
		}
	}

	/** The JVM was suspended, and its first cancel does not reach the server. */
	@Test
	void sessionThatEndedBeforeItsCancelCountsItsMinutes() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			AtomicBoolean unreachable = new AtomicBoolean();
			fixture.operations = ((Interception) (method, call) -> {
				if (method.equals("cancel") && unreachable.compareAndSet(true, false)) {
					throw new ComfyDeployTransportException("no network", null, "cancel", 0, false);
				}
				return call.call();
			})::operations;
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 100)));
			SessionLease lease = jvm.open();
			jvm.scheduler.stop();
			fixture.time.pass(Duration.ofHours(3));
			unreachable.set(true);
			jvm.scheduler.resume();
			fixture.time.pass(Duration.ofMinutes(1));
			assertThat(unreachable).isFalse();
			assertThat(lease.isOpen()).isFalse();
			assertThat(jvm.open().isOpen()).isTrue();
		}
	}

	@Test
	void whenObservationsFailASessionAndItsPlaceAreNotLost() throws Exception {
		ObservationRegistry failing = (ObservationRegistry) Proxy.newProxyInstance(getClass().getClassLoader(),
				new Class<?>[] { ObservationRegistry.class }, (proxy, method, arguments) -> {
					throw new IllegalStateException("no observations");
				});
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start((builder) -> builder.observationRegistry(failing).maxOpen(1));
			jvm.open().close();
			jvm.open();
			assertThat(fixture.running()).hasSize(1);
			assertThat(fixture.store.findAll()).hasSize(1);
		}
	}

	@Test
	void rejectedExtensionReservesNothing() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = fixture.start();
			jvm.open();
			fixture.fake.fail(Fault.status(403).on("increase-timeout").always());
			fixture.time.pass(Duration.ofMinutes(4));
			assertThat(fixture.store.findAll()).extracting(StoredLease::minutes).containsExactly(5);
			fixture.fake.clearFaults();
			fixture.fake.fail(Fault.status(504).on("increase-timeout"));
			fixture.time.pass(Duration.ofSeconds(8));
			assertThat(fixture.store.findAll()).extracting(StoredLease::minutes).containsExactly(10);
		}
	}

	@Test
	void failedStatementSwitchesNoLimitOff() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			int[] failures = new int[1];
			fixture.access = ((Interception) (method, call) -> {
				if (failures[0] > 0) {
					failures[0]--;
					throw new IllegalStateException("no connection");
				}
				return call.call();
			})::store;
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 7)));
			jvm.open(LeaseOptions.builder().renewBefore(Duration.ofSeconds(115)));
			fixture.time.pass(Duration.ofSeconds(184));
			failures[0] = 1;
			fixture.time.pass(Duration.ofSeconds(2));
			assertThat(failures[0]).isZero();
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			failures[0] = 2;
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			fixture.time.pass(Duration.ofSeconds(110));
			assertThat(failures[0]).isZero();
			assertThat(fixture.paths("increase-timeout")).isEmpty();
		}
	}

	@Test
	void whenAReservationFailsTheLimitIsCheckedAgain() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] down = new boolean[1];
			fixture.access = failing(down);
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 7)));
			SessionLease lease = jvm.open();
			fixture.time.pass(Duration.ofSeconds(179));
			down[0] = true;
			fixture.time.pass(Duration.ofSeconds(3));
			assertThat(jvm.types()).endsWith(SessionLeaseEvent.Type.EXTENSION_FAILED);
			down[0] = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(jvm.events.get(jvm.events.size() - 1).getFailure()).isInstanceOf(LeaseLimitException.class);
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			assertThat(lease.isOpen()).isTrue();
		}
	}

	@Test
	void whenLittleTimeIsLeftALimitIsNotChecked() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] down = new boolean[1];
			fixture.access = failing(down);
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 7)));
			jvm.open();
			fixture.time.pass(Duration.ofSeconds(275));
			assertThat(fixture.paths("increase-timeout")).isEmpty();
			down[0] = true;
			fixture.time.pass(Duration.ofSeconds(8));
			assertThat(fixture.paths("increase-timeout")).hasSize(1);
		}
	}

	@Test
	void minutesExtendedWithoutTheStoreCountLater() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] down = new boolean[1];
			fixture.access = failing(down);
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 7)));
			SessionLease lease = jvm.open();
			fixture.time.pass(Duration.ofSeconds(175));
			down[0] = true;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.paths("increase-timeout")).singleElement().asString().contains(lease.sessionId());
			down[0] = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).extracting(StoredLease::minutes).containsExactly(10);
		}
	}

	@Test
	void whenTheStoreWasAvailableAgainTheLimitIsCheckedAgain() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			boolean[] down = new boolean[1];
			fixture.access = failing(down);
			Jvm jvm = fixture.start((builder) -> builder.limits(new LeaseLimits(null, 12)));
			jvm.open();
			fixture.time.pass(Duration.ofSeconds(175));
			down[0] = true;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.paths("increase-timeout")).hasSize(1);
			down[0] = false;
			fixture.time.pass(Duration.ofSeconds(294));
			down[0] = true;
			fixture.time.pass(Duration.ofSeconds(2));
			assertThat(jvm.types()).endsWith(EXTENSION_FAILED);
			down[0] = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(jvm.events.get(jvm.events.size() - 1).getFailure()).isInstanceOf(LeaseLimitException.class);
			assertThat(fixture.paths("increase-timeout")).hasSize(1);
		}
	}

	/**
	 * Return a function that lets the calls of a store fail while it is down.
	 */
	private static UnaryOperator<LeaseStore> failing(boolean[] down) {
		return ((Interception) (method, call) -> {
			if (down[0]) {
				throw new IllegalStateException("no connection");
			}
			return call.call();
		})::store;
	}

}
