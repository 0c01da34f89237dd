package com.comfydeploy.lease;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import org.springframework.beans.factory.DisposableBean;

import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.internal.BackOff;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.RetrySettings;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;

/**
 * Leases of sessions of a fake ComfyDeploy, over HTTP. The test controls the time of the
 * leases and of the fake.
 */
class LeaseFixture implements AutoCloseable {

	static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	static final CreateSessionRequest REQUEST = CreateSessionRequest.forMachine(MACHINE).build();

	final FakeComfyDeploy fake;

	final VirtualTime time;

	/** Operations without faults. */
	final SessionOperations server;

	final FailingSessionOperations operations;

	final List<SessionLeaseEvent> events = Collections.synchronizedList(new ArrayList<>());

	final DefaultSessionLeases leases;

	LeaseFixture() {
		this(FakeComfyDeploy.builder());
	}

	LeaseFixture(FakeComfyDeploy.Builder fake) {
		this(fake, LeaseOptions.builder());
	}

	/**
	 * Create leases that are not polled between extensions.
	 */
	static LeaseFixture withoutChecks(FakeComfyDeploy.Builder fake) {
		return new LeaseFixture(fake, LeaseOptions.builder().checkInterval(Duration.ofDays(365)));
	}

	LeaseFixture(FakeComfyDeploy.Builder fake, LeaseOptions.Builder options) {
		this.fake = fake.frozen().start();
		this.time = new VirtualTime(this.fake::advance);
		this.server = SessionOperationsBuilder.authorizedBy(this.fake::getBearer)
			.baseUrl(this.fake.getBaseUrl())
			.retry(RetrySettings.none())
			.build();
		this.operations = new FailingSessionOperations(this.server, this.time);
		this.leases = SessionLeasesBuilder.with(this.operations)
			.options(options.build())
			.eventListener(this.events::add)
			.build(this.time, new BackOff(() -> 1.0));
	}

	SessionLease open() {
		return this.leases.open(REQUEST);
	}

	SessionLease open(LeaseOptions.Builder options) {
		return this.leases.open(REQUEST, options.build());
	}

	/**
	 * Return the remaining time until the deadline on the server.
	 */
	Duration left(SessionLease lease) {
		Session session = this.server.get(lease.sessionId());
		return Duration.between(session.createdAt(), session.timeoutEnd()).minus(this.time.elapsed());
	}

	/**
	 * Return the time that the server has granted.
	 */
	Duration granted(SessionLease lease) {
		Session session = this.server.get(lease.sessionId());
		return Duration.between(session.createdAt(), session.timeoutEnd());
	}

	List<SessionLeaseEvent.Type> types() {
		return this.events.stream().map(SessionLeaseEvent::getType).toList();
	}

	@Override
	public void close() throws Exception {
		this.leases.destroy();
		((DisposableBean) this.server).destroy();
		this.fake.close();
	}

}
