package com.comfydeploy.examples;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.session.SessionOperations;
import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class RenderingTests {

	private static final String MACHINE = FakeComfyDeploy.MACHINE_ID;

	@Autowired
	Rendering rendering;

	@Autowired
	SessionOperations sessions;

	@Autowired
	FakeComfyDeploy comfyDeploy;

	@Test
	void sessionIsCancelled() {
		this.rendering.render(MACHINE);
		assertThat(this.comfyDeploy.requests("create")).hasSize(1);
		assertThat(this.comfyDeploy.requests("cancel")).hasSize(1);
		assertThat(this.sessions.list(MACHINE)).isEmpty();
	}

}
