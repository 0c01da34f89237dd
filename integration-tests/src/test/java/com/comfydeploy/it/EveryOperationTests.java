package com.comfydeploy.it;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeaseEvent.Type;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.machine.GpuEvent;
import com.comfydeploy.machine.GpuPrice;
import com.comfydeploy.machine.Machine;
import com.comfydeploy.machine.MachineOperations;
import com.comfydeploy.session.CreateDynamicSessionRequest;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.IncreaseTimeoutRequest;
import com.comfydeploy.session.SessionLog;
import com.comfydeploy.session.SessionLogEntry;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.RecordedRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for every operation and its meters, in an application of the module's type that
 * uses the fake.
 */
@Timeout(120)
class EveryOperationTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	private static final Duration STARTUP = Duration.ofDays(1);

	private static final String[] OPERATIONS = { "get", "list", "create", "create-dynamic", "increase-timeout",
			"snapshot", "cancel", "stream-log", "machine-list", "machine-get", "machine-events", "machine-prices" };

	private static FakeComfyDeploy fake;

	private static ConfigurableApplicationContext context;

	private static SessionOperations sessions;

	private static SessionLeases leases;

	@BeforeAll
	static void startApplication() {
		fake = FakeComfyDeploy.builder().frozen().start();
		context = SpringApplication.run(SmokeApplication.class, "--server.port=0",
				"--management.endpoints.web.exposure.include=metrics", "--comfydeploy.base-url=" + fake.getBaseUrl(),
				"--comfydeploy.bearer=" + fake.getBearer());
		sessions = context.getBean(SessionOperations.class);
		leases = context.getBean(SessionLeases.class);
	}

	@AfterAll
	static void stopApplication() {
		if (context != null) {
			context.close();
		}
		fake.close();
	}

	@Test
	void sessionIsCreatedFoundExtendedAndCancelled() {
		fake.fail(Fault.slowStart(STARTUP));
		String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).timeout(STARTUP.multipliedBy(2)).build())
			.sessionId();
		assertThat(sessions.get(id).isReady()).isFalse();
		fake.advance(STARTUP);
		assertThat(sessions.get(id).isReady()).isTrue();
		assertThat(sessions.awaitReady(id, Duration.ofMinutes(1))).isEqualTo(sessions.get(id));
		assertThat(sessions.list(MACHINE)).containsExactly(sessions.get(id));
		sessions.increaseTimeout(new IncreaseTimeoutRequest(MACHINE, id, Duration.ofMinutes(5), Gpu.A10G));
		assertThat(sessions.get(id).timeout()).isEqualTo(STARTUP.multipliedBy(2).plusMinutes(5));
		Instant end = sessions.get(id).timeoutEnd();
		sessions.increaseTimeout(id, Duration.ofMinutes(5));
		assertThat(sessions.get(id).timeoutEnd()).isEqualTo(end.plus(Duration.ofMinutes(5)));
		assertThat(sessions.find(id)).contains(sessions.get(id));
		assertThat(sessions.cancel(id)).isTrue();
		assertThat(sessions.find(id)).isEmpty();
		assertThat(sessions.list()).isEmpty();
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> sessions.get(id));
	}

	@Test
	void machineIsFoundAndItsEventsAndPriceAreRead() {
		MachineOperations machines = context.getBean(MachineOperations.class);
		Machine machine = machines.findByName(FakeComfyDeploy.MACHINE_NAME).orElseThrow();
		assertThat(machines.get(machine.id())).isEqualTo(machine);
		String id = sessions.create(CreateSessionRequest.forMachine(machine).build()).sessionId();
		assertThat(machines.events(machine.id())).extracting(GpuEvent::sessionId).contains(id);
		assertThat(machines.prices()).contains(new GpuPrice(Gpu.CPU, new BigDecimal("0.000042")));
		assertThat(sessions.cancel(id)).isTrue();
	}

	@Test
	void dynamicSessionIsCreatedAndSaved() {
		String id = sessions.createDynamic(CreateDynamicSessionRequest.builder().gpu(Gpu.A10G).build()).sessionId();
		assertThat(sessions.get(id).gpu()).isEqualTo(Gpu.A10G);
		assertThat(sessions.snapshot(id, "kept").version()).isEqualTo(1);
		assertThat(sessions.snapshot(id).version()).isEqualTo(2);
		assertThat(sessions.cancel(id, true)).isTrue();
	}

	@Test
	void errorResponseIsAnException() {
		assertThatExceptionOfType(HttpValidationException.class)
			.isThrownBy(() -> sessions.create(CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.of("XYZ")).build()))
			.satisfies((ex) -> assertThat(ex.getErrors()).singleElement()
				.satisfies((error) -> assertThat(error.loc()).containsExactly("body", "gpu")));
	}

	@Test
	void logIsReadWhileTheSessionStarts() {
		fake.fail(Fault.slowStart(STARTUP));
		String id = sessions.create(CreateSessionRequest.forMachine(MACHINE).timeout(STARTUP.multipliedBy(2)).build())
			.sessionId();
		try (SessionLog log = sessions.streamLog(id)) {
			Iterator<SessionLogEntry> entries = log.iterator();
			SessionLogEntry first = entries.next();
			assertThat(first.message()).isEqualTo("Creating session...");
			assertThat(first.level()).isEqualTo("info");
			assertThat(first.timestamp()).isNotNull();
			assertThat(entries.next().message()).isEqualTo("Warming up ComfyUI...");
			fake.advance(STARTUP);
			SessionLogEntry last = entries.next();
			assertThat(last.message()).isEqualTo("Ready");
			assertThat(Duration.between(first.timestamp(), last.timestamp())).isEqualTo(STARTUP);
		}
		assertThat(sessions.cancel(id)).isTrue();
	}

	@Test
	void leaseIsExtendedAndClosed() throws InterruptedException {
		BlockingQueue<Type> events = context.getBean(SmokeApplication.class).leaseEvents;
		LeaseOptions soonExtended = LeaseOptions.builder()
			.extension(Duration.ofMinutes(1))
			.renewBefore(Duration.ofMillis(59_900))
			.build();
		SessionLease lease = leases.open(CreateSessionRequest.forMachine(MACHINE).gpu(Gpu.L40S).build(), soonExtended);
		assertThat(List.of(next(events), next(events), next(events))).containsExactlyInAnyOrder(Type.OPENED, Type.READY,
				Type.EXTENDED);
		assertThat(leases.active()).containsExactly(lease);
		assertThat(lease.url()).isEqualTo(sessions.get(lease.sessionId()).url()).startsWith("http://localhost:");
		assertThat(sessions.get(lease.sessionId()).gpu()).isEqualTo(Gpu.L40S);
		assertLeasesAreShown(1);

		lease.close();
		assertThat(next(events)).isEqualTo(Type.CLOSED);
		assertThat(leases.active()).isEmpty();
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class)
			.isThrownBy(() -> sessions.get(lease.sessionId()));
		assertLeasesAreShown(0);
	}

	@Test
	@DisabledIfSystemProperty(named = "application.kind", matches = "plain", disabledReason = "It has no meters")
	void eachOperationHasItsMeter() throws InterruptedException {
		sessionIsCreatedFoundExtendedAndCancelled();
		dynamicSessionIsCreatedAndSaved();
		machineIsFoundAndItsEventsAndPriceAreRead();
		logIsReadWhileTheSessionStarts();
		leaseIsExtendedAndClosed();
		errorResponseIsAnException();
		assertThat(fake.requests().stream().map(RecordedRequest::operation).distinct())
			.containsExactlyInAnyOrder(OPERATIONS);
		ActuatorMeters meters = new ActuatorMeters(context);
		assertThat(OPERATIONS).allSatisfy((operation) -> {
			String tag = "operation:" + operation;
			assertThat(meters.count("comfydeploy.session.operation", tag)).as("all")
				.isEqualTo(fake.requests(operation).size());
			assertThat(meters.count("comfydeploy.session.operation", tag, "outcome:SUCCESS", "status:200",
					"exception:none", "error:none"))
				.as("successful")
				.isPositive();
		});
		assertThat(meters.count("comfydeploy.session.operation", "operation:create", "outcome:CLIENT_ERROR",
				"status:422", "error:HttpValidationException"))
			.isPositive();
		assertThat(meters.count("comfydeploy.session.retries")).isZero();
	}

	private static void assertLeasesAreShown(int number) {
		if (!"plain".equals(System.getProperty("application.kind"))) {
			assertThat(new ActuatorMeters(context).value("comfydeploy.session.leases")).isEqualTo(number);
		}
	}

	private static Type next(BlockingQueue<Type> events) throws InterruptedException {
		return events.poll(60, TimeUnit.SECONDS);
	}

}
