package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the sessions that can be held, their number, and the context of the threads
 * of a lease.
 */
@Timeout(120)
class LeaseHoldingTests extends AbstractLeaseTests {

	private static final CreateDynamicSessionRequest DYNAMIC = CreateDynamicSessionRequest.builder()
		.gpu(Gpu.H100)
		.dependencies(List.of("https://github.com/x/y"))
		.waitForServer(true)
		.build();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	LeaseHoldingTests() {
		super(LeaseFixture::new);
	}

	@AfterEach
	void stopThreads() {
		this.threads.shutdownNow();
	}

	@Test
	void whenDynamicSessionIsHeldLikeAnyOther() {
		SessionLease lease = this.fixture.leases.open(DYNAMIC);
		assertThat(lease.url()).isNotEmpty();
		assertThat(this.fixture.fake.requests("create-dynamic")).singleElement()
			.satisfies((request) -> assertThat(request.body()).contains("\"timeout\":5", "github.com/x/y", "H100")
				.doesNotContain("wait_for_server\":true"));
		pass(Duration.ofMinutes(4));
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(10));
		lease.close();
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENDED, CLOSED);
		assertThat(this.fixture.events).allSatisfy((event) -> assertThat(event.getGpu()).isEqualTo(Gpu.H100));
		assertThat(this.fixture.fake.containers()).isEmpty();
	}

	@Test
	void whenDynamicSessionIsNotConfirmedItIsTriedForSixHours() {
		SessionLease lease = this.fixture.leases.open(DYNAMIC, LeaseOptions.builder().build());
		this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
		lease.close();
		pass(Duration.ofHours(5));
		int calls = this.fixture.operations.calls.size();
		pass(Duration.ofHours(2));
		assertThat(this.fixture.operations.calls).hasSizeBetween(calls + 50, calls + 150);
		assertThat(this.fixture.time.scheduled()).isZero();
	}

	@Test
	void whenDynamicTimeoutIsTooLongNothingIsSent() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.fixture.leases.open(DYNAMIC.mutate().timeout(Duration.ofMinutes(61)).build()));
		assertThat(this.fixture.operations.calls).isEmpty();
	}

	@Test
	void whenAdoptedTheSessionIsExtendedImmediately() {
		String id = this.fixture.server
			.create(CreateSessionRequest.forMachine(LeaseFixture.MACHINE).timeout(Duration.ofMinutes(3)).build())
			.sessionId();
		pass(Duration.ofMinutes(2));
		SessionLease lease = this.fixture.leases.adopt(id);
		pass(Duration.ZERO);
		assertThat(this.fixture.types()).containsExactly(OPENED, READY, EXTENDED);
		assertThat(this.fixture.granted(lease)).isEqualTo(Duration.ofMinutes(8));
		assertThat(lease.expiresAt()).isEqualTo(this.fixture.time.now().plus(Duration.ofMinutes(5)));
		pass(Duration.ofMinutes(20));
		assertThat(lease.isOpen()).isTrue();
		assertThat(this.fixture.left(lease)).isBetween(Duration.ofMinutes(3), Duration.ofMinutes(8));
		lease.close();
		assertThat(this.fixture.types()).endsWith(CLOSED);
		assertThat(this.fixture.fake.containers()).isEmpty();
	}

	@Test
	void whenAdoptedSessionHasNoReadableDeadlineItIsHeld() {
		String id = this.fixture.server.create(LeaseFixture.REQUEST).sessionId();
		this.fixture.fake.fail(Fault.deadlinesUnavailable().on("get").times(2));
		SessionLease lease = this.fixture.leases.adopt(id);
		pass(Duration.ofMinutes(20));
		assertThat(lease.isOpen()).isTrue();
		assertThat(lease.expiresAt()).isAfter(this.fixture.time.now().plus(Duration.ofMinutes(1)));
		assertThat(this.fixture.left(lease)).isGreaterThan(Duration.ofMinutes(2));
	}

	@Test
	void whenThereIsNoSuchSessionNothingIsAdopted() {
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
			.isThrownBy(() -> this.fixture.leases.adopt("00000000-0000-4000-8000-0000000000aa"));
		assertThat(this.fixture.events).isEmpty();
		assertThat(this.fixture.operations.calls.of("cancel")).isEmpty();
	}

	@Test
	void whenSessionIsHeldItIsNotAdoptedAgain() {
		SessionLease lease = this.fixture.open();
		assertThatIllegalStateException().isThrownBy(() -> this.fixture.leases.adopt(lease.sessionId()))
			.withMessageContaining("already has a lease");
		assertThat(lease.isOpen()).isTrue();
	}

	@Test
	void findReturnsActiveLeases() {
		SessionLease lease = this.fixture.open(LeaseOptions.builder().owner("user 7"));
		assertThat(this.fixture.leases.find(lease.sessionId())).containsSame(lease);
		assertThat(lease.owner()).isEqualTo("user 7");
		assertThat(this.fixture.open().owner()).isNull();
		assertThat(this.fixture.leases.find("other")).isEmpty();
		lease.close();
		assertThat(this.fixture.leases.find(lease.sessionId())).isEmpty();
	}

	private DefaultSessionLeases limited(Duration acquireTimeout) {
		return SessionLeasesBuilder.with(this.fixture.operations)
			.maxOpen(2)
			.acquireTimeout(acquireTimeout)
			.build(this.fixture.time, new BackOff(() -> 1.0));
	}

	@Test
	void whenTheLimitIsReachedNothingIsSent() {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		SessionLease first = leases.open(LeaseFixture.REQUEST);
		leases.open(DYNAMIC);
		int calls = this.fixture.operations.calls.size();
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
			.withMessageContaining("comfydeploy.lease.max-open")
			.satisfies((ex) -> assertThat(ex.getOperation()).isEqualTo("create"))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse())
			.isInstanceOf(ComfyDeployException.class);
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.adopt("some"));
		assertThat(this.fixture.operations.calls).hasSize(calls);
		first.close();
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
	}

	@Test
	void whenAnotherLeaseEndsInTimeItsPlaceIsTaken() {
		DefaultSessionLeases leases = limited(Duration.ofSeconds(30));
		SessionLease first = leases.open(LeaseFixture.REQUEST);
		leases.open(LeaseFixture.REQUEST);
		this.fixture.time.schedule(first::close, Duration.ofSeconds(10));
		Duration start = this.fixture.time.elapsed();
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
		assertThat(this.fixture.time.elapsed().minus(start)).isEqualTo(Duration.ofSeconds(10));
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
			.withMessageContaining("was still reached after 30s");
	}

	@Test
	void whenACreateFailsItsPlaceIsFree() {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		this.fixture.operations.fail("create", SimulatedFailures.REFUSED, SimulatedFailures.REFUSED,
				SimulatedFailures.REFUSED);
		for (int i = 0; i < 3; i++) {
			assertThatExceptionOfType(ComfyDeployTransportException.class)
				.isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		}
		leases.open(LeaseFixture.REQUEST);
		leases.open(LeaseFixture.REQUEST);
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
	}

	@Test
	void createWithAnUnknownOutcomeKeepsItsPlace() {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		leases.open(LeaseFixture.REQUEST);
		this.fixture.fake.fail(Fault.drop().on("create").times(1));
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
			.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isTrue());
		this.fixture.time.pass(Duration.ofMinutes(6));
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		assertThat(this.fixture.fake.requests("create")).hasSize(2);
		this.fixture.time.pass(Duration.ofMinutes(2));
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
	}

	@Test
	void leaseWhoseEndIsNotConfirmedKeepsItsPlace() {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		leases.open(LeaseFixture.REQUEST);
		SessionLease lease = leases.open(LeaseFixture.REQUEST);
		this.fixture.fake.fail(Fault.cancelWithoutEffect().always());
		lease.close();
		assertThat(this.fixture.fake.requests("cancel")).isNotEmpty();
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		assertThat(this.fixture.fake.requests("create")).hasSize(2);
		this.fixture.fake.clearFaults();
		this.fixture.time.pass(Duration.ofMinutes(2));
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
	}

	@Test
	void leaseWhoseContainerMayStartLaterKeepsItsPlaceForADay() throws Exception {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		this.fixture.fake.fail(Fault.slowContainer(Duration.ofSeconds(60)));
		this.fixture.operations.fail("create",
				SimulatedFailures.NONE.afterwards(this.fixture.time, Duration.ofSeconds(10)));
		this.fixture.time.schedule(() -> leases.active().get(0).close(), Duration.ofSeconds(11));
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		assertThat(leases.active()).isEmpty();
		this.fixture.time.pass(Duration.ofHours(23));
		leases.open(LeaseFixture.REQUEST);
		assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
		this.fixture.time.pass(Duration.ofHours(1));
		leases.open(LeaseFixture.REQUEST);
	}

	@Test
	void whenALeaseIsBeingOpenedItCounts() {
		DefaultSessionLeases leases = limited(Duration.ZERO);
		leases.open(LeaseFixture.REQUEST);
		this.fixture.operations.fail("create", (operation, call) -> {
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(() -> leases.open(LeaseFixture.REQUEST));
			return call.get();
		});
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
	}

	@Test
	void placesAreGivenInTheOrderOfWaiting() throws Exception {
		SystemLeaseScheduler scheduler = new SystemLeaseScheduler(Runnable::run);
		LeasePlaces places = new LeasePlaces(1, scheduler);
		assertThat(places.acquire(Duration.ZERO)).isTrue();
		List<Integer> order = new ArrayList<>();
		List<Future<?>> waiting = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			int number = i;
			waiting.add(this.threads.submit(() -> {
				assertThat(places.acquire(Duration.ofSeconds(100))).isTrue();
				synchronized (order) {
					order.add(number);
				}
				places.release();
				return null;
			}));
			while (places.waiting() <= i) {
				Thread.onSpinWait();
			}
		}
		places.release();
		for (Future<?> waiter : waiting) {
			waiter.get(60, TimeUnit.SECONDS);
		}
		assertThat(order).containsExactly(0, 1, 2, 3, 4);
		assertThat(places.acquire(Duration.ZERO)).isTrue();
		assertThat(places.acquire(Duration.ZERO)).isFalse();
		scheduler.close();
	}

	@Test
	void whenInterruptedWhileWaitingNoPlaceIsLost() throws Exception {
		DefaultSessionLeases leases = limited(Duration.ofSeconds(30));
		SessionLease first = leases.open(LeaseFixture.REQUEST);
		leases.open(LeaseFixture.REQUEST);
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(ComfyDeployTransportException.class)
			.isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
			.withMessageContaining("nothing was sent");
		assertThat(Thread.interrupted()).isTrue();
		first.close();
		assertThat(leases.open(LeaseFixture.REQUEST).isOpen()).isTrue();
	}

	@Test
	void threadsOfALeaseHaveItsSessionAndItsOpener() throws Exception {
		ObservationRegistry observations = ObservationRegistry.create();
		List<String> parents = new ArrayList<>();
		observations.observationConfig().observationHandler(new ObservationHandler<Observation.Context>() {

			@Override
			public boolean supportsContext(Observation.Context context) {
				return true;
			}

			@Override
			public void onStart(Observation.Context context) {
				ObservationView parent = context.getParentObservation();
				synchronized (parents) {
					parents.add(context.getName() + " of "
							+ ((parent != null) ? parent.getContextView().getName() : "none"));
				}
			}

		});
		List<String> sessions = new ArrayList<>();
		CountDownLatch closed = new CountDownLatch(1);
		try (FakeComfyDeploy fake = FakeComfyDeploy.start();
				var operations = SessionOperationsBuilder.authorizedBy(fake::getBearer)
					.baseUrl(fake.getBaseUrl())
					.observationRegistry(observations)
					.build()) {
			DefaultSessionLeases leases = (DefaultSessionLeases) SessionLeasesBuilder.with(operations)
				.observationRegistry(observations)
				.eventListener((event) -> {
					if (event.getType() == CLOSED) {
						sessions.add(MDC.get("comfydeploy.session"));
						closed.countDown();
					}
				})
				.build();
			SessionLease[] lease = { null };
			Observation.createNotStarted("opener", observations)
				.observe(() -> lease[0] = leases.open(LeaseFixture.REQUEST));
			lease[0].close();
			assertThat(closed.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(sessions).containsExactly(lease[0].sessionId());
			assertThat(MDC.get("comfydeploy.session")).isNull();
			leases.destroy();
		}
		assertThat(parents).filteredOn((parent) -> parent.startsWith("comfydeploy.session"))
			.hasSizeGreaterThan(3)
			.allSatisfy((parent) -> assertThat(parent).endsWith(" of opener"));
	}

}
