package com.comfydeploy.lease;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import com.comfydeploy.lease.StoreFixture.Jvm;
import com.comfydeploy.lease.store.LeaseLimits;
import com.comfydeploy.lease.store.LeaseStore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for adding a lease to the store, and for the limits that count it.
 */
class LeaseAddingTests {

	private Runnable beforeAdd = () -> {
	};

	private Runnable afterAdd = () -> {
	};

	@Test
	void leaseThatIsBeingRefusedIsNotAddedByTheRecovery() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture, new LeaseLimits(1, null));
			jvm.open();
			this.beforeAdd = () -> fixture.time.pass(Duration.ofSeconds(10));
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
			assertThat(fixture.store.findAll()).hasSize(1);
		}
	}

	@Test
	void whenTakenOverBeforeTheCreateNothingIsSent() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture, LeaseLimits.none());
			this.afterAdd = () -> {
				fixture.time.pass(Duration.ofSeconds(90));
				fixture.store.takeOver(fixture.store.findAll().get(0), "other").orElseThrow();
			};
			assertThatExceptionOfType(LeaseStoreException.class).isThrownBy(jvm::open)
				.withMessageContaining("nothing was sent");
			assertThat(fixture.paths("create")).isEmpty();
			assertThat(fixture.store.findAll()).extracting((lease) -> lease.hold().instance()).containsExactly("other");
		}
	}

	@Test
	void whenNobodyHasTakenOverTheCreateIsSent() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture, LeaseLimits.none());
			this.afterAdd = () -> fixture.time.pass(Duration.ofSeconds(90));
			jvm.open();
			assertThat(fixture.paths("create")).hasSize(1);
		}
	}

	@Test
	void minuteThatHasBegunCounts() throws Exception {
		try (StoreFixture fixture = new StoreFixture()) {
			Jvm jvm = start(fixture, new LeaseLimits(null, 6));
			for (int i = 0; i < 2; i++) {
				SessionLease lease = jvm.open();
				fixture.time.pass(Duration.ofMillis(300));
				lease.close();
			}
			assertThatExceptionOfType(LeaseLimitException.class).isThrownBy(jvm::open);
		}
	}

	private Jvm start(StoreFixture fixture, LeaseLimits limits) {
		LeaseStore store = (LeaseStore) Proxy.newProxyInstance(LeaseStore.class.getClassLoader(),
				new Class<?>[] { LeaseStore.class }, (proxy, method, arguments) -> {
					boolean add = method.getName().equals("add");
					if (add) {
						this.beforeAdd.run();
					}
					try {
						return method.invoke(fixture.store, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getCause();
					}
					finally {
						if (add) {
							this.afterAdd.run();
						}
					}
				});
		return fixture.start((builder) -> builder.store(store).limits(limits));
	}

}
