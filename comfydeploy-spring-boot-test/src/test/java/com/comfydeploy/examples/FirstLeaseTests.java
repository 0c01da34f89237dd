package com.comfydeploy.examples;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import com.comfydeploy.test.FakeComfyDeploy;
import com.comfydeploy.test.autoconfigure.AutoConfigureFakeComfyDeploy;

import static org.assertj.core.api.Assertions.assertThat;

@SpringBootTest
@AutoConfigureFakeComfyDeploy
class FirstLeaseTests {

	@Test
	void leaseIsOpenedAndClosed(@Autowired Painter painter, @Autowired FakeComfyDeploy comfyDeploy) {
		assertThat(painter.paint("fake-machine")).startsWith("ComfyUI is at http");
		assertThat(comfyDeploy.requests("create")).hasSize(1);
		assertThat(comfyDeploy.requests("cancel")).hasSize(1);
	}

}
