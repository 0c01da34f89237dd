package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

import javax.sql.DataSource;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * JVMs that share one PostgreSQL: real processes, real time, minutes long.
 */
@Tag("long")
class LeaseClusterTests {

	@Test
	void limitHoldsForTenJvmsWhateverFails() throws Exception {
		String store = Postgres.start().newDatabase();
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().shutdown(Duration.ofMillis(50)).start()) {
			fake.fail(Fault.status(503).on("get", "list", "cancel").randomly(0.05, 1));
			fake.fail(Fault.status(429).on("create").randomly(0.02, 2));
			fake.fail(Fault.drop().carriedOut().on("create", "cancel").randomly(0.03, 3));
			AtomicInteger most = new AtomicInteger();
			AtomicBoolean over = new AtomicBoolean();
			Thread watch = new Thread(() -> {
				while (!over.get()) {
					most.accumulateAndGet(fake.containers().size(), Math::max);
					LockSupport.parkNanos(2_000_000);
				}
			});
			watch.setDaemon(true);
			watch.start();
			List<HolderJvm> jvms = new ArrayList<>();
			try {
				for (int i = 0; i < 10; i++) {
					jvms.add(start(fake, store, "churn=50", "maxOpen=7", "acquireTimeout=PT20M", "failures=0.05"));
				}
				for (HolderJvm jvm : jvms) {
					HolderJvm.await("the end of a JVM's leases", Duration.ofMinutes(12),
							() -> jvm.hasPrinted("churned"));
				}
				Duration settled = HolderJvm.await("the end of all leases", Duration.ofMinutes(5),
						() -> fake.containers().isEmpty() && rows(store) == 0);
				System.out.println("LeaseClusterTests: at most " + most + " sessions of 7, "
						+ fake.requests("create").size() + " creates, " + count(jvms, "FAILED") + " failed, "
						+ count(jvms, "REPORT") + " reported, " + settled.toSeconds() + " s until none was left: "
						+ jvms.stream()
							.flatMap((jvm) -> jvm.lines().stream())
							.filter((line) -> line.startsWith("FAILED"))
							.distinct()
							.toList());
				assertThat(most.get()).isBetween(2, 7);
				assertThat(count(jvms, "REFUSED")).isZero();
			}
			finally {
				over.set(true);
				for (HolderJvm jvm : jvms) {
					jvm.close();
				}
			}
		}
	}

	@Test
	void holderThatWasOnlyAsleepBuysNothing() throws Exception {
		int leases = 4;
		String store = Postgres.start().newDatabase();
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			try (HolderJvm holder = start(fake, store, "open=" + leases, "extension=PT10M", "renewBefore=PT8M15S")) {
				HolderJvm.await("the opening", Duration.ofSeconds(30), () -> holder.hasPrinted("opened"));
				holder.signal("STOP");
				long stopped = System.nanoTime();
				try (HolderJvm successor = start(fake, store, "onOrphan=ADOPT")) {
					HolderJvm.await("the takeover", Duration.ofSeconds(85),
							() -> successor.lines()
								.stream()
								.filter((line) -> line.startsWith("READY"))
								.count() == leases);
					System.out.println("LeaseClusterTests: taken over after "
							+ Duration.ofNanos(System.nanoTime() - stopped).toSeconds() + " s");
					HolderJvm.await("90 s", Duration.ofSeconds(95),
							() -> System.nanoTime() - stopped > Duration.ofSeconds(90).toNanos());
					holder.signal("CONT");
					HolderJvm.await("the loss of all leases", Duration.ofSeconds(30),
							() -> holder.lines().stream().filter((line) -> line.startsWith("LOST")).count() == leases);
					HolderJvm.await("the extensions", Duration.ofSeconds(60),
							() -> successor.lines()
								.stream()
								.filter((line) -> line.startsWith("EXTENDED"))
								.count() == leases);
					assertThat(fake.requests("increase-timeout")).hasSize(leases);
					assertThat(fake.requests("cancel")).isEmpty();
					assertThat(holder.lines()).noneMatch((line) -> line.startsWith("EXTENDED"));
					assertThat(fake.containers()).hasSize(leases);
				}
			}
		}
	}

	@Test
	void leasesAreHeldWhileTheDatabaseIsGone() throws Exception {
		String store = Postgres.start().newDatabase();
		String database = store.substring(store.lastIndexOf('/') + 1, store.indexOf('?'));
		JdbcTemplate admin = new JdbcTemplate(Postgres.start().dataSource());
		try (FakeComfyDeploy fake = FakeComfyDeploy.start();
				HolderJvm holder = start(fake, store, "open=4", "renewBefore=PT40S", "later=4")) {
			HolderJvm.await("the opening", Duration.ofSeconds(30), () -> holder.hasPrinted("opened"));
			admin.execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
			admin.queryForList("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?", database);
			int creates = fake.requests("create").size();
			long gone = System.nanoTime();
			HolderJvm.await("60 s", Duration.ofSeconds(70),
					() -> System.nanoTime() - gone > Duration.ofSeconds(60).toNanos());
			assertThat(fake.requests("create")).hasSize(creates);
			assertThat(holder.lines()).anyMatch((line) -> line.equals("FAILED LeaseStoreException"));
			assertThat(fake.requests("increase-timeout")).hasSizeGreaterThanOrEqualTo(3);
			assertThat(fake.containers()).hasSize(3);
			admin.execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
			HolderJvm.await("the rows of three leases", Duration.ofSeconds(30), () -> rows(store) == 3);
			assertThat(holder.lines()).noneMatch((line) -> line.startsWith("LOST"));
		}
	}

	private static long count(List<HolderJvm> jvms, String beginning) {
		return jvms.stream()
			.flatMap((jvm) -> jvm.lines().stream())
			.filter((line) -> line.startsWith(beginning))
			.count();
	}

	private static int rows(String store) {
		DataSource dataSource = new DriverManagerDataSource(store);
		Integer rows = new JdbcTemplate(dataSource)
			.queryForObject("SELECT COUNT(*) FROM COMFYDEPLOY_LEASE WHERE PHASE <> 'REMOVED'", Integer.class);
		return (rows != null) ? rows : 0;
	}

	private static HolderJvm start(FakeComfyDeploy fake, String store, String... more) throws Exception {
		List<String> arguments = new ArrayList<>(List.of("url=" + fake.getBaseUrl(), "bearer=" + fake.getBearer(),
				"store=" + store, "instance=" + UUID.randomUUID()));
		arguments.addAll(List.of(more));
		HolderJvm jvm = new HolderJvm(arguments.toArray(String[]::new));
		HolderJvm.await("the start of a JVM", Duration.ofSeconds(60), () -> jvm.hasPrinted("started"));
		return jvm;
	}

}
