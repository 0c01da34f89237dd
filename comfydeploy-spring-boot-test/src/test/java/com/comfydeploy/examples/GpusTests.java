package com.comfydeploy.examples;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.error.ComfyDeployTransportException;
import com.comfydeploy.session.Gpu;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class GpusTests {

	private static final String MACHINE = "00000000-0000-4000-8000-000000000001";

	@Autowired
	Gpus gpus;

	@Autowired
	SessionOperations sessions;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void rentedGpuIsAnA10G() {
		String id = this.gpus.rent(MACHINE);
		assertThat(this.sessions.get(id).gpu()).isEqualTo(Gpu.A10G);
	}

	@Test
	void whenTheResponseIsLostNothingIsRentedTwice() {
		this.comfyDeploy.fail(Fault.drop().carriedOut().on("create"));
		assertThatExceptionOfType(ComfyDeployTransportException.class).isThrownBy(() -> this.gpus.rent(MACHINE));
		assertThat(this.comfyDeploy.requests("create")).hasSize(1);
	}

}
