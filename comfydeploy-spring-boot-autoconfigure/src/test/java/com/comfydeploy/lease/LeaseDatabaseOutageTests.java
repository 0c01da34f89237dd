package com.comfydeploy.lease;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import com.comfydeploy.lease.store.Postgres;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.RunningContainer;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for a PostgreSQL that is down for longer than a JVM counts as alive without
 * heartbeats, with real processes and in real time.
 */
@Tag("long")
@Execution(ExecutionMode.CONCURRENT)
class LeaseDatabaseOutageTests {

	private static final int LEASES = 4;

	private static final Duration OUTAGE = Duration.ofSeconds(65);

	@Test
	void leasesOfTwoJvmsAreHeldWhileTheDatabaseIsGone() throws Exception {
		String store = Postgres.start().newDatabase();
		try (FakeComfyDeploy fake = FakeComfyDeploy.start();
				HolderJvm one = start(fake, store, 1);
				HolderJvm two = start(fake, store, 5)) {
			List<HolderJvm> both = List.of(one, two);
			one.await("opened", 1, HolderJvm.SLOW);
			two.await("opened", 1, HolderJvm.SLOW);
			Set<String> opened = running(fake);
			int creates = fake.requests("create").size();
			allowConnections(store, false);
			long gone = System.nanoTime();
			one.proceed();
			two.proceed();
			for (HolderJvm jvm : both) {
				jvm.await("churned", 1, HolderJvm.SLOW);
				jvm.await("CLOSED", 1, HolderJvm.SLOW);
			}
			HolderJvm.pass(OUTAGE.minusNanos(System.nanoTime() - gone));
			assertThat(fake.requests("create")).hasSize(creates);
			Set<String> held = running(fake);
			assertThat(held).hasSize(2 * LEASES - 2);
			for (HolderJvm jvm : both) {
				assertThat(jvm.count("FAILED LeaseStoreException")).isEqualTo(4);
				assertThat(jvm.count("CLOSED")).isOne();
			}
			assertThat(held)
				.allSatisfy((sessionId) -> assertThat(both).anyMatch((jvm) -> jvm.hasPrinted("EXTENDED " + sessionId)));
			allowConnections(store, true);
			Duration back = HolderJvm.await("the removal of what was closed", HolderJvm.SLOW,
					() -> rows(store) == held.size());
			System.out.println("LeaseDatabaseOutageTests: " + opened.size() + " leases, written again "
					+ back.toMillis() + " ms after the database was back");
			HolderJvm.pass(Duration.ofSeconds(70));
			assertThat(running(fake)).isEqualTo(held);
			assertThat(fake.requests("cancel")).hasSize(2);
			assertThat(rows(store)).isEqualTo(held.size());
			for (HolderJvm jvm : both) {
				assertThat(jvm.lines()).noneMatch((line) -> line.startsWith("LOST") || line.startsWith("RECOVERED"));
			}
		}
	}

	private static HolderJvm start(FakeComfyDeploy fake, String store, int firstMachine) throws Exception {
		return HolderJvm.start(fake, fake.getBaseUrl(), store, "open=" + LEASES, "renewBefore=PT40S", "later=4",
				"firstMachine=" + firstMachine);
	}

	private static void allowConnections(String store, boolean allowed) {
		String database = store.substring(store.lastIndexOf('/') + 1, store.indexOf('?'));
		JdbcTemplate admin = new JdbcTemplate(Postgres.start().dataSource());
		admin.execute("ALTER DATABASE " + database + " ALLOW_CONNECTIONS " + allowed);
		admin.queryForList("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?", database);
	}

	private static Set<String> running(FakeComfyDeploy fake) {
		return fake.containers()
			.stream()
			.map(RunningContainer::sessionId)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static int rows(String store) {
		Integer rows = new JdbcTemplate(new DriverManagerDataSource(store))
			.queryForObject("SELECT COUNT(*) FROM COMFYDEPLOY_LEASE WHERE PHASE <> 'REMOVED'", Integer.class);
		return (rows != null) ? rows : 0;
	}

}
