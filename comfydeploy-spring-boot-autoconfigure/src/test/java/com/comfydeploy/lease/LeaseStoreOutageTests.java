package com.comfydeploy.lease;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseDescription;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeasePhase;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoredLease;
import com.comfydeploy.lease.store.TestStores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for leases whose store cannot be reached.
 */
class LeaseStoreOutageTests {

	private static final RuntimeException FAILURE = new IllegalStateException("no space left");

	private boolean down;

	private String failAfter = "";

	@Test
	void whenTheStoreIsUnavailableNothingIsCreated() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture);
			this.down = true;
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open)
				.withMessageContaining("nothing was sent")
				.satisfies((ex) -> assertThat(ex.isOutcomeUnknown()).isFalse());
			assertThat(fixture.paths("create")).isEmpty();
			this.down = false;
			jvm.open();
			assertThat(fixture.running()).hasSize(1);
		}
	}

	@Test
	void heldLeasesAreExtendedAndClosedWithoutTheStore() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture);
			SessionLease held = jvm.open();
			SessionLease closed = jvm.open();
			this.down = true;
			fixture.time.pass(Duration.ofMinutes(9));
			assertThat(held.isOpen()).isTrue();
			closed.close();
			assertThat(fixture.running()).containsExactly(held.sessionId());
			assertThat(fixture.store.findAll()).extracting(StoredLease::minutes).containsExactly(5, 5);
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).singleElement().satisfies((lease) -> {
				assertThat(lease.sessionId()).isEqualTo(held.sessionId());
				assertThat(lease.minutes()).isEqualTo(15);
				assertThat(lease.holderAlive()).isTrue();
			});
		}
	}

	@Test
	void sessionThatIsCreatedWhileTheStoreGoesAwayIsWrittenLater() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture);
			this.failAfter = "add";
			SessionLease lease = jvm.open();
			assertThat(lease.isOpen()).isTrue();
			assertThat(fixture.store.findAll()).extracting(StoredLease::phase).containsExactly(LeasePhase.CREATING);
			this.failAfter = "";
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).extracting(StoredLease::sessionId).containsExactly(lease.sessionId());
		}
	}

	@Test
	void leaseThatWasAddedThoughTheStoreFailedIsRemoved() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture);
			this.failAfter = "lost add";
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			assertThat(fixture.store.findAll()).hasSize(1);
			this.failAfter = "";
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(fixture.store.findAll()).isEmpty();
			assertThat(fixture.paths("create")).isEmpty();
		}
	}

	@Test
	void leasesThatMayAppearLaterAreFew() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			AtomicInteger adds = new AtomicInteger();
			fixture.access = ((Interception) (method, call) -> {
				if (method.equals("add")) {
					adds.incrementAndGet();
				}
				if (this.down && !method.equals("heartbeat")) {
					throw FAILURE;
				}
				return call.call();
			})::store;
			Jvm jvm = fixture.start();
			this.down = true;
			for (int i = 0; i < 10_010; i++) {
				assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open);
			}
			assertThat(adds).hasValue(20_000);
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(90));
			jvm.open();
			assertThat(fixture.running()).hasSize(1);
		}
	}

	@Test
	void leaseTakenOverDuringAnOutageIsLost() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture);
			SessionLease lease = jvm.open();
			this.down = true;
			fixture.time.pass(Duration.ofMinutes(1));
			fixture.store.takeOver(fixture.store.findAll().get(0), "other").orElseThrow();
			this.down = false;
			fixture.time.pass(Duration.ofSeconds(10));
			assertThat(lease.isOpen()).isFalse();
			assertThat(jvm.types()).endsWith(SessionLeaseEvent.Type.LOST);
			assertThat(fixture.paths("cancel")).isEmpty();
		}
	}

	@Test
	void recoveryDoesNotWaitForALeaseWhoseCallHangs() throws Exception {
		VirtualTime time = new VirtualTime();
		CountDownLatch hanging = new CountDownLatch(1);
		CountDownLatch released = new CountDownLatch(1);
		LeaseStore store = ((Interception) (method, call) -> {
			if (method.equals("update")) {
				hanging.countDown();
				released.await();
			}
			return call.call();
		}).store(TestStores.inMemory(time::now));
		LeaseRegistry registry = new LeaseRegistry(store, "a", LeaseLimits.none(), time, false);
		LeaseDescription description = new LeaseDescription("machine", false, false, null, Duration.ofMinutes(5),
				Duration.ofMinutes(1), Duration.ofHours(1), null);
		StoredLeaseRecord record = registry.add(description, null, 5).record();
		assertThat(record).isNotNull();
		CompletableFuture<Boolean> update = CompletableFuture
			.supplyAsync(() -> record.update(LeasePhase.HELD, "session"), thread());
		try {
			assertThat(hanging.await(30, TimeUnit.SECONDS)).isTrue();
			CompletableFuture<Void> refresh = CompletableFuture.runAsync(() -> registry.refresh((lease) -> {
			}, (lost) -> {
			}), thread());
			assertThat(refresh).succeedsWithin(Duration.ofSeconds(30));
			assertThat(update).isNotDone();
			assertThat(registry.leases()).hasSize(1);
		}
		finally {
			released.countDown();
		}
		assertThat(update).succeedsWithin(Duration.ofSeconds(30)).isEqualTo(true);
	}

	private static Executor thread() {
		return (task) -> new Thread(task).start();
	}

	private Jvm start(StoreFixture fixture) {
		LeaseStore failing = (LeaseStore) Proxy.newProxyInstance(LeaseStore.class.getClassLoader(),
				new Class<?>[] { LeaseStore.class }, (proxy, method, arguments) -> {
					if (method.getDeclaringClass() == Object.class) {
						return "FailingStore";
					}
					if (this.down) {
						throw new IllegalStateException("no connection");
					}
					try {
						Object result = method.invoke(fixture.store, arguments);
						if (this.failAfter.equals("lost " + method.getName())) {
							throw new IllegalStateException("connection lost");
						}
						this.down = this.failAfter.equals(method.getName());
						return result;
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
				});
		return fixture.start((builder) -> builder.store(failing).limits(LeaseLimits.none()));
	}

}
