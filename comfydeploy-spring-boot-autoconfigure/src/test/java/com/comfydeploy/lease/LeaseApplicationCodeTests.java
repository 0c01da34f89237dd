package com.comfydeploy.lease;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.aop.framework.ProxyFactory;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.SessionNotReadyException;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static com.comfydeploy.lease.SessionLeaseEvent.Type.CLOSED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.EXTENDED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.OPENED;
import static com.comfydeploy.lease.SessionLeaseEvent.Type.READY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests that the code of an application cannot harm a lease, and for the report of a
 * failed start.
 */
@Timeout(120)
class LeaseApplicationCodeTests extends AbstractLeaseTests {

	private final List<Type> events = new ArrayList<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	LeaseApplicationCodeTests() {
		super((fake) -> new LeaseFixture(fake.startup(Duration.ofSeconds(20))));
	}

	@AfterEach
	void stopThreads() {
		this.threads.shutdownNow();
	}

	private DefaultSessionLeases leases(SessionOperations operations) {
		return SessionLeasesBuilder.with(operations)
			.eventListener((event) -> this.events.add(event.getType()))
			.build(this.fixture.time, new BackOff(() -> 1.0));
	}

	@Test
	void whenAnAspectThrowsAfterTheCreateNothingIsLost() {
		ProxyFactory factory = new ProxyFactory(SessionOperations.class, (MethodInterceptor) (invocation) -> {
			Object result = invocation.proceed();
			if (!invocation.getMethod().getName().equals("with")) {
				throw new IOException("audit");
			}
			return result;
		});
		factory.setTarget(this.fixture.operations);
		DefaultSessionLeases leases = leases((SessionOperations) factory.getProxy());
		SessionLease lease = leases.open(LeaseFixture.REQUEST);
		assertThat(lease.isOpen()).isTrue();
		this.fixture.time.pass(Duration.ofMinutes(4));
		lease.close();
		assertThat(this.events).containsExactly(OPENED, READY, EXTENDED, CLOSED);
		assertThat(this.fixture.fake.containers()).isEmpty();
	}

	@ParameterizedTest
	@EnumSource(value = Type.class, mode = EnumSource.Mode.EXCLUDE, names = "RECOVERED")
	void whenListenersThrowErrorsTheOthersAndTheLeaseContinue(Type type) {
		DefaultSessionLeases leases = SessionLeasesBuilder.with(this.fixture.operations).eventListener((event) -> {
			if (event.getType() == type) {
				throw new StackOverflowError("listener");
			}
		}).eventListener((event) -> this.events.add(event.getType())).build(this.fixture.time, new BackOff(() -> 1.0));
		SessionLease lease = leases.open(LeaseFixture.REQUEST);
		this.fixture.time.pass(Duration.ofMinutes(4));
		lease.close();
		assertThat(this.events).containsExactly(OPENED, READY, EXTENDED, CLOSED);
		assertThat(this.fixture.fake.containers()).isEmpty();
	}

	/** On the thread of the listener, which would wait for itself. */
	@ParameterizedTest
	@EnumSource(value = Type.class, mode = EnumSource.Mode.EXCLUDE, names = "RECOVERED")
	void whenAListenerClosesTheApplicationItDoesNotBlock(Type type) {
		List<Duration> took = new ArrayList<>();
		DefaultSessionLeases[] leases = { null };
		leases[0] = SessionLeasesBuilder.with(this.fixture.operations).eventListener((event) -> {
			if (event.getType() == type) {
				Duration start = this.fixture.time.elapsed();
				leases[0].stop();
				leases[0].destroy();
				took.add(this.fixture.time.elapsed().minus(start));
			}
		}).build(this.fixture.time, new BackOff(() -> 1.0));
		live(leases[0], type);
		assertThat(took).singleElement().satisfies((time) -> assertThat(time).isLessThan(Duration.ofSeconds(5)));
		assertThat(this.fixture.fake.containers().size()).isLessThanOrEqualTo((type == Type.CLOSE_UNCONFIRMED) ? 1 : 0);
	}

	/** Like System.exit: another thread closes, and the listener waits for it. */
	@ParameterizedTest
	@EnumSource(value = Type.class, mode = EnumSource.Mode.EXCLUDE, names = "RECOVERED")
	void whenAListenerExitsTheJvmTheHookDoesNotWaitForIt(Type type) {
		List<Duration> took = new ArrayList<>();
		DefaultSessionLeases[] leases = { null };
		leases[0] = SessionLeasesBuilder.with(this.fixture.operations).eventListener((event) -> {
			if (event.getType() == type) {
				Duration start = this.fixture.time.elapsed();
				join(() -> {
					leases[0].stop();
					leases[0].destroy();
				});
				took.add(this.fixture.time.elapsed().minus(start));
			}
		}).build(this.fixture.time, new BackOff(() -> 1.0));
		live(leases[0], type);
		assertThat(took).singleElement().satisfies((time) -> assertThat(time).isLessThan(Duration.ofSeconds(5)));
	}

	private void join(Runnable task) {
		try {
			this.threads.submit(task).get(60, TimeUnit.SECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/** The life of a lease that comes to an event. */
	private void live(DefaultSessionLeases leases, Type type) {
		try {
			SessionLease lease = leases.open(LeaseFixture.REQUEST);
			switch (type) {
				case EXTENSION_FAILED -> this.fixture.operations.fail("increase-timeout", SimulatedFailures.REFUSED);
				case LOST -> this.fixture.server.cancel(lease.sessionId());
				case CLOSED -> lease.close();
				case CLOSE_UNCONFIRMED -> {
					this.fixture.operations.failAll((operation) -> SimulatedFailures.REFUSED);
					lease.close();
				}
				default -> {
				}
			}
			this.fixture.time.pass(Duration.ofHours(2));
		}
		catch (ComfyDeployException ex) {
			assertThat(type).isIn(OPENED, READY);
		}
	}

	@Test
	void whenTheStartFailsTheExceptionHasTheLastLogLines() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			fake.fail(Fault.failedStart());
			DefaultSessionLeases leases = (DefaultSessionLeases) SessionLeasesBuilder
				.with(LeaseThreadsTests.operations(fake.getBaseUrl(), fake.getBearer()))
				.pollInterval(Duration.ofMillis(10))
				.build();
			assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
				.isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
				.withMessageContaining("ended before it was ready")
				.withMessageContaining("Its log ends with:\nCreating session...\nWarming up ComfyUI...")
				.withMessageMatching("(?s).*session [-0-9a-f]{36} .*");
			leases.destroy();
		}
	}

	@Test
	void whenNotReadyInTimeTheExceptionHasTheLastLogLines() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().startup(Duration.ofDays(1)).start()) {
			DefaultSessionLeases leases = (DefaultSessionLeases) SessionLeasesBuilder
				.with(LeaseThreadsTests.operations(fake.getBaseUrl(), fake.getBearer()))
				.pollInterval(Duration.ofMillis(10))
				.options(LeaseOptions.builder().readyTimeout(Duration.ofMillis(50)).build())
				.build();
			assertThatExceptionOfType(SessionNotReadyException.class)
				.isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
				.withMessageContaining("was not ready within 50ms, so it is cancelled. Its log ends with:\nCreating");
			assertThat(fake.containers()).isEmpty();
			leases.destroy();
		}
	}

}
