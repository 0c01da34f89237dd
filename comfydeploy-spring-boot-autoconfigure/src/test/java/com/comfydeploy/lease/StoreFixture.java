package com.comfydeploy.lease;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.lease.store.LeaseStore;
import com.comfydeploy.lease.store.StoreResult;
import com.comfydeploy.lease.store.TestStores;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.RecordedRequest;
import com.comfydeploy.test.RunningContainer;

/**
 * JVMs that share a store and a fake ComfyDeploy. The test controls the time.
 */
final class StoreFixture implements AutoCloseable {

	static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	final FakeComfyDeploy fake;

	final VirtualTime time;

	final SessionClient server;

	final LeaseStore store;

	/** Applied to the operations of the JVMs that start from now on. */
	UnaryOperator<SessionOperations> operations = UnaryOperator.identity();

	/** Applied to the store of the JVMs that start from now on. */
	UnaryOperator<LeaseStore> access = UnaryOperator.identity();

	private final List<Jvm> jvms = new ArrayList<>();

	StoreFixture() {
		this(FakeComfyDeploy.builder());
	}

	StoreFixture(FakeComfyDeploy.Builder fake) {
		this(fake, Duration.ZERO);
	}

	/**
	 * Start a server whose clock is ahead of the store's.
	 */
	StoreFixture(FakeComfyDeploy.Builder fake, Duration serverAhead) {
		Instant start = new VirtualTime().now();
		this.fake = fake.clock(Clock.fixed(start.plus(serverAhead), ZoneOffset.UTC)).start();
		this.time = new VirtualTime(this.fake::advance);
		this.store = TestStores.inMemory(this.time::now);
		this.server = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
			.baseUrl(this.fake.getBaseUrl())
			.retry(RetrySettings.none())
			.build();
	}

	/**
	 * Start a JVM.
	 */
	Jvm start(UnaryOperator<SessionLeasesBuilder> settings) {
		return startWithoutStore((builder) -> settings.apply(builder.store(this.access.apply(this.store))));
	}

	Jvm startWithoutStore(UnaryOperator<SessionLeasesBuilder> settings) {
		Jvm jvm = new Jvm(settings);
		this.jvms.add(jvm);
		return jvm;
	}

	Jvm start() {
		return start((builder) -> builder);
	}

	/**
	 * The sessions whose containers run.
	 */
	List<String> running() {
		return this.fake.containers().stream().map(RunningContainer::sessionId).toList();
	}

	List<String> paths(String operation) {
		return this.fake.requests(operation).stream().map(RecordedRequest::path).toList();
	}

	String createForSomebodyElse(Duration timeout) {
		return this.server.create(CreateSessionRequest.forMachine(MACHINE).timeout(timeout).build()).sessionId();
	}

	@Override
	public void close() throws Exception {
		for (Jvm jvm : this.jvms) {
			if (!jvm.killed) {
				jvm.leases.destroy();
			}
		}
		((DisposableBean) this.server).destroy();
		this.fake.close();
	}

	/**
	 * One of the JVMs.
	 */
	final class Jvm {

		final KillableScheduler scheduler = new KillableScheduler(StoreFixture.this.time);

		final List<SessionLeaseEvent> events = new ArrayList<>();

		final List<LeaseReportEvent> reports = new ArrayList<>();

		final List<StoreResult> refusals = new ArrayList<>();

		final DefaultSessionLeases leases;

		private boolean killed;

		Jvm(UnaryOperator<SessionLeasesBuilder> settings) {
			this.leases = settings
				.apply(SessionLeasesBuilder.with(StoreFixture.this.operations.apply(StoreFixture.this.server))
					.machines(StoreFixture.this.server.machines())
					.instanceId(UUID.randomUUID().toString())
					.eventListener(this.events::add)
					.reportListener(this.reports::add)
					.refusalListener(this.refusals::add))
				.build(this.scheduler, new BackOff(() -> 1.0));
			this.leases.start();
			StoreFixture.this.time.pass(Duration.ofMillis(1));
		}

		SessionLease open() {
			return open(LeaseOptions.builder());
		}

		SessionLease open(LeaseOptions.Builder options) {
			return this.leases.open(CreateSessionRequest.forMachine(MACHINE).build(), options.build());
		}

		void kill() {
			this.killed = true;
			this.scheduler.kill();
		}

		List<SessionLeaseEvent.Type> types() {
			return this.events.stream().map(SessionLeaseEvent::getType).toList();
		}

	}

}
