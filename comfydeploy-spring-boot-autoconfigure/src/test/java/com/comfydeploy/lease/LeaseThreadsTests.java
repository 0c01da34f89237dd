package com.comfydeploy.lease;

import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.system.JavaVersion;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.lease.store.TestStores;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for leases on real threads, in the system's time, and in a JVM that is killed.
 */
@Timeout(120)
class LeaseThreadsTests {

	private static final boolean HAS_VIRTUAL_THREADS = JavaVersion.getJavaVersion()
		.isEqualOrNewerThan(JavaVersion.TWENTY_ONE);

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void stopThreads() {
		this.threads.shutdownNow();
	}

	@Test
	void closingALeaseWakesItsOpener() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().startup(Duration.ofDays(1)).start()) {
			CountDownLatch opened = new CountDownLatch(1);
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			SessionLeases leases = SessionLeasesBuilder.with(operations)
				.eventListener((event) -> opened.countDown())
				.build();
			Future<Boolean> opener = this.threads.submit(() -> {
				assertThatExceptionOfType(ComfyDeployTransportException.class)
					.isThrownBy(() -> leases.open(LeaseFixture.REQUEST))
					.withMessageContaining("closed before it was ready");
				return Thread.currentThread().isInterrupted();
			});
			opened.await();
			leases.active().get(0).close();
			assertThat(opener.get(60, TimeUnit.SECONDS)).isFalse();
			assertThat(operations.list()).isEmpty();
			destroy(leases, operations);
		}
	}

	@Test
	void closingFromManyThreadsCancelsOnce() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.builder().shutdown(Duration.ofSeconds(1)).start()) {
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			List<SessionLeaseEvent> events = new ArrayList<>();
			SessionLeases leases = SessionLeasesBuilder.with(operations).eventListener(events::add).build();
			SessionLease lease = leases.open(LeaseFixture.REQUEST);
			CountDownLatch go = new CountDownLatch(1);
			Callable<Boolean> close = () -> {
				go.await();
				lease.close();
				return lease.isOpen();
			};
			List<Future<Boolean>> closers = new ArrayList<>();
			for (int i = 0; i < 16; i++) {
				closers.add(this.threads.submit(close));
			}
			go.countDown();
			for (Future<Boolean> closer : closers) {
				assertThat(closer.get(60, TimeUnit.SECONDS)).isFalse();
			}
			assertThat(events).extracting(SessionLeaseEvent::getType)
				.containsExactly(SessionLeaseEvent.Type.OPENED, SessionLeaseEvent.Type.READY,
						SessionLeaseEvent.Type.CLOSED);
			destroy(leases, operations);
		}
	}

	@Test
	void everyCloseReturnsAfterTheStoreHasTheEnd() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			LeaseStore store = TestStores.inMemory(InstantSource.system());
			CountDownLatch removing = new CountDownLatch(1);
			CountDownLatch mayRemove = new CountDownLatch(1);
			Interception slowRemove = (method, call) -> {
				if (method.equals("remove")) {
					removing.countDown();
					mayRemove.await();
				}
				return call.call();
			};
			SessionLeases leases = SessionLeasesBuilder.with(operations).store(slowRemove.store(store)).build();
			SessionLease lease = leases.open(LeaseFixture.REQUEST);
			List<StoredLease> stored = new CopyOnWriteArrayList<>();
			Thread first = closer(lease, store, stored);
			removing.await();
			Thread second = closer(lease, store, stored);
			while (second.getState() != Thread.State.TIMED_WAITING && second.isAlive()) {
				Thread.onSpinWait();
			}
			mayRemove.countDown();
			first.join();
			second.join();
			assertThat(stored).isEmpty();
			destroy(leases, operations);
		}
	}

	/**
	 * Start a thread that closes a lease, and then reads the store.
	 */
	private static Thread closer(SessionLease lease, LeaseStore store, List<StoredLease> stored) {
		Thread closer = new Thread(() -> {
			lease.close();
			stored.addAll(store.findAll());
		});
		closer.start();
		return closer;
	}

	@Test
	void oneThreadKeepsTimeForAnyNumberOfLeases() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			Set<Thread> earlier = Thread.getAllStackTraces().keySet();
			SessionLeases leases = SessionLeasesBuilder.with(operations).build();
			for (int i = 0; i < 40; i++) {
				leases
					.open(CreateSessionRequest.forMachine("00000000-0000-4000-8000-0000000000" + (10 + i / 5)).build());
			}
			assertThat(leases.active()).hasSize(40);
			assertThat(Thread.getAllStackTraces().keySet()).filteredOn(Thread::isAlive)
				.filteredOn((thread) -> !earlier.contains(thread))
				.filteredOn((thread) -> thread.getName().startsWith("comfydeploy-lease-"))
				.allSatisfy((thread) -> assertThat(thread.isDaemon()).isTrue())
				.filteredOn((thread) -> thread.getName().startsWith("comfydeploy-lease-timer-"))
				.hasSize(1);
			((DisposableBean) leases).destroy();
			assertThat(operations.list()).isEmpty();
			((DisposableBean) operations).destroy();
		}
	}

	@Test
	void threadsInheritNothingOfTheOpener() throws Exception {
		InheritableThreadLocal<String> user = new InheritableThreadLocal<>();
		List<String> seen = new CopyOnWriteArrayList<>();
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			for (boolean virtualThreads : new boolean[] { false, HAS_VIRTUAL_THREADS }) {
				SessionLeases leases = SessionLeasesBuilder.with(operations)
					.virtualThreads(virtualThreads)
					.eventListener((event) -> seen.add(event.getType() + " of " + user.get()))
					.build();
				user.set("somebody");
				leases.open(LeaseFixture.REQUEST).close();
				((DisposableBean) leases).destroy();
			}
			((DisposableBean) operations).destroy();
		}
		finally {
			user.remove();
		}
		assertThat(seen).containsExactly("OPENED of somebody", "READY of null", "CLOSED of null", "OPENED of somebody",
				"READY of null", "CLOSED of null");
	}

	@Test
	void whenTheJvmIsKilledTheServerEndsTheSessionByItself() throws Exception {
		try (FakeComfyDeploy fake = FakeComfyDeploy.start()) {
			SessionOperations operations = operations(fake.getBaseUrl(), fake.getBearer());
			Process holder = new ProcessBuilder(
					System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", "-Xmx128m",
					"-cp", System.getProperty("java.class.path"), Holder.class.getName(), fake.getBaseUrl(),
					fake.getBearer())
				.redirectError(ProcessBuilder.Redirect.INHERIT)
				.start();
			String id;
			try (BufferedReader output = new BufferedReader(
					new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))) {
				String line = output.readLine();
				while (line != null && !line.startsWith("holding ")) {
					line = output.readLine();
				}
				assertThat(line).isNotNull();
				id = line.substring("holding ".length());
				assertThat(operations.get(id).isReady()).isTrue();
			}
			finally {
				holder.destroyForcibly();
			}
			assertThat(holder.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(holder.exitValue()).isEqualTo(128 + 9);
			assertThat(operations.list()).extracting(Session::id).containsExactly(id);
			fake.advance(Duration.ofMinutes(5));
			assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> operations.get(id));
			assertThat(operations.list()).isEmpty();
			((DisposableBean) operations).destroy();
		}
	}

	static SessionOperations operations(String baseUrl, String bearer) {
		return SessionOperationsBuilder.authorizedBy(() -> bearer)
			.baseUrl(baseUrl)
			.retry(RetrySettings.none())
			.pollInterval(Duration.ofHours(1))
			.build();
	}

	private static void destroy(SessionLeases leases, SessionOperations operations) throws Exception {
		((DisposableBean) leases).destroy();
		((DisposableBean) operations).destroy();
	}

	/**
	 * The program that holds a lease until it is killed.
	 */
	static final class Holder {

		private Holder() {
		}

		public static void main(String[] args) throws InterruptedException {
			SessionLease lease = SessionLeasesBuilder.with(operations(args[0], args[1]))
				.build()
				.open(LeaseFixture.REQUEST);
			System.out.println("holding " + lease.sessionId());
			new CountDownLatch(1).await();
		}

	}

}
