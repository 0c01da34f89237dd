package com.comfydeploy.examples;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.lease.LeaseOptions;
import com.comfydeploy.lease.SessionLease;
import com.comfydeploy.lease.SessionLeases;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest(properties = { "comfydeploy.lease.shutdown-timeout=200ms", "comfydeploy.retry.enabled=false" })
@AutoConfigureFakeComfyDeploy
class LeaseWatchTests {

	@Autowired
	SessionLeases leases;

	@Autowired
	LeaseWatch watch;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void lostAndUnconfirmedSessionsCauseAnAlarm() throws InterruptedException {
		CreateSessionRequest request = CreateSessionRequest.forMachine("00000000-0000-4000-8000-000000000001").build();
		SessionLease lease = this.leases.open(request,
				LeaseOptions.builder().extension(Duration.ofMinutes(2)).renewBefore(Duration.ofMinutes(1)).build());
		this.comfyDeploy.fail(Fault.status(503).always());
		lease.close();
		this.comfyDeploy.clearFaults();
		assertThat(this.watch.alarms.poll(1, TimeUnit.MINUTES)).isEqualTo("CLOSE_UNCONFIRMED " + lease.sessionId());
	}

}
