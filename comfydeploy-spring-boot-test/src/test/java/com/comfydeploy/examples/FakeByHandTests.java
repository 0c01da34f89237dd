package com.comfydeploy.examples;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import com.comfydeploy.client.SessionClient;
import com.comfydeploy.client.SessionOperationsBuilder;
import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Session;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class FakeByHandTests {

	@Test
	void sessionWithALostResponseIsFound() {
		String machineId = "00000000-0000-4000-8000-000000000001";
		try (FakeComfyDeploy comfyDeploy = FakeComfyDeploy.builder().frozen().startup(Duration.ofMinutes(2)).start();
				SessionClient sessions = SessionOperationsBuilder.authorizedBy(comfyDeploy::getBearer)
					.baseUrl(comfyDeploy.getBaseUrl())
					.build()) {
			comfyDeploy.fail(Fault.drop().carriedOut().on("create"));
			assertThatExceptionOfType(ComfyDeployTransportException.class)
				.isThrownBy(() -> sessions.create(CreateSessionRequest.forMachine(machineId).build()))
				.matches(ComfyDeployException::isOutcomeUnknown);
			assertThat(comfyDeploy.requests("create")).hasSize(1); // Sent once
			Session session = sessions.list(machineId).get(0); // Rented once
			comfyDeploy.advance(Duration.ofMinutes(2));
			assertThat(sessions.get(session.id()).isReady()).isTrue();
		}
	}

}
