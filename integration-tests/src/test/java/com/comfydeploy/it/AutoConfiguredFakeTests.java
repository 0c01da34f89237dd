package com.comfydeploy.it;

import java.time.Duration;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Test of an application of the module's type with the packaged annotation.
 */
@SpringBootTest(properties = "comfydeploy.retry.initial-interval=1ms")
@AutoConfigureFakeComfyDeploy(frozen = true)
@Timeout(120)
class AutoConfiguredFakeTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	private FakeComfyDeploy fake;

	@Autowired
	private SessionOperations sessions;

	@Autowired
	private SessionLeases leases;

	@RepeatedTest(2)
	void fakeIsResetBeforeEachTest() {
		assertThat(this.fake.requests()).isEmpty();
		assertThat(this.sessions.list()).isEmpty();
		this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build());
		assertThat(this.sessions.list()).hasSize(1);
	}

	@Test
	void testControlsFaultsAndTime() {
		this.fake.fail(Fault.slowStart(Duration.ofMinutes(2)));
		this.fake.fail(Fault.status(503).on("get").times(2));
		String id = this.sessions.create(CreateSessionRequest.forMachine(MACHINE).build()).sessionId();
		assertThat(this.sessions.get(id).isReady()).isFalse();
		assertThat(this.fake.requests("get")).hasSize(3);
		this.fake.advance(Duration.ofMinutes(2));
		assertThat(this.sessions.get(id).isReady()).isTrue();
	}

	@Test
	void leaseIsOpenedAndClosed() {
		try (SessionLease lease = this.leases.open(CreateSessionRequest.forMachine(MACHINE).build())) {
			assertThat(this.sessions.get(lease.sessionId()).url()).isEqualTo(lease.url());
		}
		assertThat(this.sessions.list()).isEmpty();
	}

}
