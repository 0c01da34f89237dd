package com.comfydeploy.lease;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationListener;
import org.springframework.context.support.GenericApplicationContext;

import com.comfydeploy.autoconfigure.ComfyDeployAutoConfiguration;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the meters of leases.
 */
@Timeout(120)
class LeaseMetersTests {

	private final FakeComfyDeploy fake = FakeComfyDeploy.builder()
		.startup(Duration.ofMillis(30))
		.shutdown(Duration.ofMillis(300))
		.start();

	private final MeterRegistry registry = new SimpleMeterRegistry();

	private final CountDownLatch lost = new CountDownLatch(1);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(ComfyDeployAutoConfiguration.class))
		.withBean(MeterRegistry.class, () -> this.registry)
		.withBean(ObservationRegistry.class, this::observations)
		.withInitializer((context) -> ((GenericApplicationContext) context)
			.addApplicationListener((ApplicationListener<SessionLeaseEvent>) this::onEvent))
		.withPropertyValues("comfydeploy.bearer=" + this.fake.getBearer(),
				"comfydeploy.base-url=" + this.fake.getBaseUrl(), "comfydeploy.poll-interval=10ms",
				"comfydeploy.lease.check-interval=20ms");

	@AfterEach
	void close() {
		this.fake.close();
	}

	private ObservationRegistry observations() {
		ObservationRegistry observations = ObservationRegistry.create();
		observations.observationConfig().observationHandler(new DefaultMeterObservationHandler(this.registry));
		return observations;
	}

	private void onEvent(SessionLeaseEvent event) {
		if (event.getType() == Type.LOST) {
			this.lost.countDown();
		}
		throw new IllegalStateException("A listener that fails is not to cost a meter");
	}

	private double events(Type type) {
		return this.registry.get("comfydeploy.session.lease.events").tag("type", type.name()).counter().count();
	}

	@Test
	void whenALeaseIsClosedNoCallHasFailed() {
		this.contextRunner.run((context) -> {
			assertThat(events(Type.OPENED)).isZero();
			assertThat(this.registry.find("comfydeploy.session.lease.events").counters()).hasSize(Type.values().length);
			context.getBean(SessionLeases.class)
				.open(CreateSessionRequest.forMachine(LeaseFixture.MACHINE).gpu(Gpu.H100).build())
				.close();
			assertThat(events(Type.OPENED)).isOne();
			assertThat(events(Type.READY)).isOne();
			assertThat(events(Type.CLOSED)).isOne();
			assertThat(events(Type.LOST)).isZero();
		});
		assertThat(this.registry.find("comfydeploy.session.operation").timers()).isNotEmpty()
			.allSatisfy((timer) -> assertThat(timer.getId().getTag("exception")).isEqualTo("none"));
		Timer startup = this.registry.get("comfydeploy.session.lease.startup").tag("gpu", "H100").timer();
		assertThat(startup.count()).isOne();
		assertThat(startup.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(30);
		Timer held = this.registry.get("comfydeploy.session.lease.held")
			.tag("gpu", "H100")
			.tag("end", "CLOSED")
			.timer();
		assertThat(held.count()).isOne();
		assertThat(held.totalTime(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(330);
	}

	@Test
	void whenTheRequestNamesNoGpuItIsThatOfTheSession() {
		this.contextRunner.run((context) -> context.getBean(SessionLeases.class).open(LeaseFixture.REQUEST).close());
		assertThat(this.registry.get("comfydeploy.session.lease.held").timer().getId().getTag("gpu")).isEqualTo("A10G");
	}

	@Test
	void whenTheSessionIsLostItIsHeldUntilThen() {
		this.contextRunner.run((context) -> {
			SessionLease lease = context.getBean(SessionLeases.class).open(LeaseFixture.REQUEST);
			context.getBean(SessionOperations.class).cancel(lease.sessionId());
			assertThat(this.lost.await(60, TimeUnit.SECONDS)).isTrue();
			assertThat(events(Type.LOST)).isOne();
			assertThat(this.registry.get("comfydeploy.session.lease.held").tag("end", "LOST").timer().count()).isOne();
			assertThat(this.registry.get("comfydeploy.session.leases").gauge().value()).isZero();
		});
	}

	@Test
	void whenTheStartFailsTheGpuIsUnknownOrThatOfTheSession() {
		this.fake.fail(Fault.failedStart());
		this.contextRunner.run((context) -> {
			try {
				context.getBean(SessionLeases.class).open(LeaseFixture.REQUEST);
			}
			catch (RuntimeException ex) {
				assertThat(ex).hasMessageContaining("ended before it was ready");
			}
		});
		assertThat(this.registry.get("comfydeploy.session.lease.held").tag("end", "LOST").timer().getId().getTag("gpu"))
			.isIn("A10G", "unknown");
	}

	@Test
	void whenTheEndIsNotConfirmedInTimeTheLeaseIsCounted() {
		this.fake.fail(Fault.cancelWithoutEffect().times(1));
		this.contextRunner.withPropertyValues("comfydeploy.lease.shutdown-timeout=100ms").run((context) -> {
			context.getBean(SessionLeases.class).open(LeaseFixture.REQUEST).close();
			assertThat(events(Type.CLOSE_UNCONFIRMED)).isOne();
			assertThat(this.registry.find("comfydeploy.session.lease.held").timers()).singleElement()
				.satisfies((timer) -> assertThat(timer.getId().getTag("end")).isEqualTo("CLOSE_UNCONFIRMED"));
		});
		assertThat(this.registry.find("comfydeploy.session.lease.held").timers()).hasSize(1);
	}

	@Test
	void whenAMeterThrowsTheLeaseIsNotAffected() {
		this.registry.config().meterFilter(new MeterFilter() {

			@Override
			public Meter.Id map(Meter.Id id) {
				if (id.getName().startsWith("comfydeploy.session.lease.") && id.getTag("gpu") != null) {
					throw new IllegalStateException("filter");
				}
				return id;
			}

		});
		this.contextRunner.run((context) -> context.getBean(SessionLeases.class).open(LeaseFixture.REQUEST).close());
		assertThat(this.fake.containers()).isEmpty();
		assertThat(events(Type.CLOSED)).isOne();
	}

}
