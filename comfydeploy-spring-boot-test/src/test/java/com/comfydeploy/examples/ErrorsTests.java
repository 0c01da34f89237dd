package com.comfydeploy.examples;

import java.time.Instant;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.error.ComfyDeployException;
import com.comfydeploy.error.HttpValidationException;
import com.comfydeploy.session.CreateSessionRequest;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.Session;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class ErrorsTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	SessionOperations sessions;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void validationErrorNamesTheGpu() {
		assertThatIllegalArgumentException().isThrownBy(() -> rent(MACHINE, "XYZ")).withMessageContaining("gpu");
	}

	private String rent(String machineId, String gpu) {
		try {
			return this.sessions.create(CreateSessionRequest.forMachine(machineId).gpu(Gpu.of(gpu)).build())
				.sessionId();
		}
		catch (HttpValidationException ex) {
			throw new IllegalArgumentException("Not rented: " + ex.getErrors(), ex);
		}
	}

	@Test
	void sessionWithALostResponseIsFound() {
		assertThat(rentOrFind(MACHINE)).isPresent();
		this.comfyDeploy.fail(Fault.drop().carriedOut().on("create"));
		assertThat(rentOrFind(MACHINE)).isPresent();
		assertThat(this.comfyDeploy.requests("create")).hasSize(2);
		this.comfyDeploy.reset();
		this.comfyDeploy.fail(Fault.drop().on("create"));
		assertThat(rentOrFind(MACHINE)).isEmpty();
	}

	private Optional<String> rentOrFind(String machineId) {
		Instant before = Instant.now().minusSeconds(5); // The clocks may differ
		try {
			return Optional.of(this.sessions.create(CreateSessionRequest.forMachine(machineId).build()).sessionId());
		}
		catch (ComfyDeployException ex) {
			if (!ex.isOutcomeUnknown()) {
				throw ex;
			}
			return this.sessions.list(machineId)
				.stream()
				.filter((session) -> session.createdAt() != null && session.createdAt().isAfter(before))
				.map(Session::id)
				.findFirst();
		}
	}

}
