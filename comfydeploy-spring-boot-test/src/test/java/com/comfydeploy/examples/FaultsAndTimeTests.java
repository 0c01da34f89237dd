package com.comfydeploy.examples;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.error.ComfyDeployApiException;
import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.Fault;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@SpringBootTest(properties = "comfydeploy.retry.initial-interval=1ms")
@AutoConfigureFakeComfyDeploy(frozen = true)
class FaultsAndTimeTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	Gpus gpus;

	@Autowired
	SessionOperations sessions;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void whenTheServerIsBusyTheCallIsRetried() {
		this.comfyDeploy.fail(Fault.status(503).on("list").times(2));
		assertThat(this.sessions.list()).isEmpty();
		assertThat(this.comfyDeploy.requests("list")).hasSize(3);
	}

	@Test
	void whenAStartIsSlowTheSessionIsReadyLater() {
		this.comfyDeploy.fail(Fault.slowStart(Duration.ofMinutes(2)));
		String id = this.gpus.rent(MACHINE);
		assertThat(this.sessions.get(id).isReady()).isFalse();
		this.comfyDeploy.advance(Duration.ofMinutes(2));
		assertThat(this.sessions.get(id).isReady()).isTrue();
	}

	@Test
	void whenItsTimeoutElapsesTheSessionEnds() {
		String id = this.gpus.rent(MACHINE);
		this.comfyDeploy.advance(Duration.ofMinutes(15));
		assertThatExceptionOfType(ComfyDeployApiException.NotFound.class).isThrownBy(() -> this.sessions.get(id));
	}

}
