package com.comfydeploy.it;

import java.time.Duration;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseHold;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.NewLease;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for leases in the database of an application: the package of the data source
 * configuration depends on the line of Spring Boot.
 */
@EnabledIfSystemProperty(named = "application.kind", matches = "servlet", disabledReason = "has no database")
class JdbcLeaseStoreTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Test
	void leasesAreStoredInTheDatabaseOfTheApplication() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start();
				ConfigurableApplicationContext context = run(fake, newDatabase())) {
			LeaseStore store = context.getBean(LeaseStore.class);
			SessionLease lease = context.getBean(SessionLeases.class)
				.open(CreateSessionRequest.forMachine(MACHINE).build());
			assertThat(store.findAll()).singleElement()
				.satisfies((stored) -> assertThat(stored.sessionId()).isEqualTo(lease.sessionId()));
			lease.close();
			assertThat(store.findAll()).isEmpty();
		}
	}

	@Test
	void leaseOfAnEarlierProcessIsTakenOver() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			String database = newDatabase();
			String sessionId;
			try (ConfigurableApplicationContext earlier = run(fake, database, "--comfydeploy.lease.on-orphan=report")) {
				sessionId = earlier.getBean(SessionOperations.class)
					.create(CreateSessionRequest.forMachine(MACHINE).build())
					.sessionId();
				LeaseHold hold = LeaseHold.first(UUID.randomUUID().toString(), "web-0");
				LeaseDescription description = new LeaseDescription(MACHINE, false, false, null, Duration.ofMinutes(5),
						Duration.ofMinutes(2), Duration.ofHours(1), null);
				earlier.getBean(LeaseStore.class)
					.add(NewLease.held(hold, description, sessionId, 5), LeaseLimits.none());
			}
			assertThat(fake.containers()).hasSize(1);
			try (ConfigurableApplicationContext context = run(fake, database)) {
				LeaseStore store = context.getBean(LeaseStore.class);
				await(() -> fake.containers().isEmpty() && store.findAll().isEmpty());
				assertThat(context.getBean(SessionLeases.class).recovered()).extracting(SessionLease::sessionId)
					.containsExactly(sessionId);
			}
		}
	}

	private static void await(BooleanSupplier condition) throws InterruptedException {
		CountDownLatch never = new CountDownLatch(1);
		long begin = System.nanoTime();
		while (!condition.getAsBoolean()) {
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(60));
			never.await(20, TimeUnit.MILLISECONDS);
		}
	}

	/**
	 * Return the URL of a database that exists as long as this JVM.
	 */
	private static String newDatabase() {
		return "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";
	}

	private static ConfigurableApplicationContext run(FakeComfyDeploy fake, String database, String... more) {
		SpringApplication application = new SpringApplication(SmokeApplication.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		String[] arguments = { "--comfydeploy.bearer=" + fake.getBearer(),
				"--comfydeploy.base-url=" + fake.getBaseUrl(), "--comfydeploy.lease.store=jdbc",
				"--comfydeploy.lease.instance-id=web-0", "--spring.datasource.url=" + database };
		return application.run(Stream.of(arguments, more).flatMap(Arrays::stream).toArray(String[]::new));
	}

}
